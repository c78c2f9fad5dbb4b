using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Tests;

/// <summary>Packs a dense folder without calibration, which takes no time, and damages it on purpose.</summary>
internal static class PackedFolder
{
    /// <summary>Writes a folder with the layers of the blocks packed.</summary>
    /// <param name="dense">The dense folder.</param>
    /// <param name="output">The folder to make.</param>
    /// <param name="bits">Bits of a weight.</param>
    /// <param name="groupSize">Inputs that share a scale.</param>
    /// <param name="change">Changes a packed layer, by its module path; null for none.</param>
    /// <param name="packs">Which modules are packed; null for all layers of the blocks.</param>
    public static string Write(
        string dense, string output, int bits, int groupSize, Func<string, AffineMatrix, AffineMatrix>? change = null, Func<string, bool>? packs = null)
    {
        Directory.CreateDirectory(output);
        foreach (string file in Directory.EnumerateFiles(dense, "tokenizer*"))
        {
            File.Copy(file, Path.Combine(output, Path.GetFileName(file)));
        }
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(dense, "config.json")))!.AsObject();
        config["quantization"] = new JsonObject { ["bits"] = bits, ["group_size"] = groupSize };
        File.WriteAllText(Path.Combine(output, "config.json"), config.ToJsonString());
        using Checkpoint checkpoint = CheckpointFiles.Open(dense, TensorAccess.Read);
        var tensors = new List<TensorPayload>();
        foreach (string name in checkpoint.Tensors.Keys)
        {
            string module = name[..name.LastIndexOf('.')];
            bool isLayer = name.EndsWith("proj.weight", StringComparison.Ordinal);
            if (packs?.Invoke(module) ?? isLayer)
            {
                AffineMatrix matrix = AffineQuantizer.Quantize(
                    checkpoint.ReadWeight(module), module, bits, groupSize, threads: 2, TestContext.Current.CancellationToken);
                tensors.AddRange(AffineTensors.Of(module, change?.Invoke(module, matrix) ?? matrix));
            }
            else
            {
                tensors.Add(TensorPayload.Copy(checkpoint.Source, name));
            }
        }
        SafetensorsWriter.Write(Path.Combine(output, "model.safetensors"), tensors);
        return output;
    }

    /// <summary>The matrix with half of its scales' size.</summary>
    public static AffineMatrix HalveScales(AffineMatrix matrix) => new(
        matrix.Rows, matrix.Columns, matrix.Bits, matrix.GroupSize, matrix.Codes, matrix.ScaleType,
        Array.ConvertAll(matrix.Scales.ToArray(), scale => FloatFormat.Round(matrix.ScaleType, scale / 2)), matrix.Biases);
}
