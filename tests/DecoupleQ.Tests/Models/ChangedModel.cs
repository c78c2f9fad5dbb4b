using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Models;

/// <summary>Copies of dense models with other numbers in some tensors, which are then F32.</summary>
internal static class ChangedModel
{
    /// <summary>Writes a copy.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The folder of the model.</param>
    /// <param name="changes">By the tensor's name, what is done to its numbers.</param>
    public static void Write(string folder, string model, IReadOnlyDictionary<string, Action<float[]>> changes)
    {
        using Checkpoint dense = CheckpointFiles.Open(model);
        Assert.All(changes.Keys, name => Assert.True(dense.Contains(name), name));
        IEnumerable<TensorPayload> tensors = dense.Tensors.Values.Select(tensor =>
        {
            if (!changes.TryGetValue(tensor.Name, out Action<float[]>? change))
            {
                return TensorPayload.Copy(dense.Source, tensor.Name);
            }
            float[] numbers = dense.Source.ReadFloats(tensor.Name);
            change(numbers);
            return TensorPayload.Floats(tensor.Name, ElementType.F32, tensor.Shape, numbers);
        });
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors]);
        foreach (string file in (string[])["config.json", "tokenizer.model"])
        {
            if (File.Exists(Path.Combine(model, file)))
            {
                File.Copy(Path.Combine(model, file), Path.Combine(folder, file));
            }
        }
    }
}
