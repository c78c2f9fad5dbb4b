using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>Packed folders made of the sample model by rounding to nearest, without any calibration.</summary>
internal static class PackedSample
{
    private static readonly string[] Companions = ["tokenizer.model", "tokenizer_config.json", "generation_config.json"];

    /// <summary>Writes a folder with the linear layers of the first blocks packed.</summary>
    public static void Write(string folder, AffineFormat format, int blocks) => Write(
        folder,
        format,
        module => module.EndsWith("_proj", StringComparison.Ordinal) && int.Parse(module.Split('.')[2]) < blocks,
        dense => PackedConfig.Create(dense, format, new Dictionary<string, AffineFormat?>(), []));

    /// <summary>Writes a folder as mlx-lm does: every matrix packed, and the bare <c>quantization</c> section in the config.</summary>
    public static void WriteAsMlx(string folder, AffineFormat format) => Write(
        folder,
        format,
        module => !module.EndsWith("norm", StringComparison.Ordinal),
        dense =>
        {
            var config = (JsonObject)dense.DeepClone();
            config["quantization"] = new JsonObject { ["group_size"] = format.GroupSize, ["bits"] = format.Bits };
            return config;
        });

    private static void Write(string folder, AffineFormat format, Predicate<string> packed, Func<JsonObject, JsonObject> config)
    {
        using Checkpoint dense = CheckpointFiles.Open(Paths.Model);
        IEnumerable<TensorPayload> tensors = dense.Tensors.Keys.SelectMany(name =>
        {
            string module = name[..name.LastIndexOf('.')];
            return packed(module) ? AffineTensors.Of(module, Quantize(dense.ReadWeight(module), module, format)) : [TensorPayload.Copy(dense.Source, name)];
        });
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors]);
        File.WriteAllText(Path.Combine(folder, "config.json"), config(dense.Config).ToJsonString());
        foreach (string file in Companions)
        {
            File.Copy(Path.Combine(Paths.Model, file), Path.Combine(folder, file));
        }
    }

    private static AffineMatrix Quantize(WeightMatrix weight, string module, AffineFormat format) => AffineQuantizer.Quantize(
        weight, module, format.Bits, format.GroupSize == AffineFormat.PerChannel ? weight.Columns : format.GroupSize, 1, CancellationToken.None);
}
