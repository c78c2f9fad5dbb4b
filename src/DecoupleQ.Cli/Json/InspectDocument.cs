using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>inspect --json</c> prints.</summary>
/// <param name="Path">The folder.</param>
/// <param name="ModelType"><c>model_type</c> of the config, if it has one.</param>
/// <param name="Quantization">Bits and group size of the packed layers; absent for a dense model.</param>
/// <param name="Bytes">Bytes of all tensors.</param>
/// <param name="Weights">Weights that they stand for.</param>
/// <param name="BitsPerWeight">Stored bits over weights; <c>quantizedLayers</c> is absent for a dense model.</param>
/// <param name="Provenance">How the model was made, as its folder says; absent if it says nothing.</param>
/// <param name="Recipe">The settings that decoupleq quantized the model with; absent if it did not.</param>
/// <param name="RecipeSummary">What of them is not the default, for people.</param>
/// <param name="Layers">Every weight matrix; made as it is written, for a model may have a million.</param>
/// <param name="Tensors">Every tensor, likewise.</param>
/// <param name="Warnings">What the model's files contradict each other in, and why it cannot be run if it cannot, a sentence each.</param>
internal sealed record InspectDocument(
    string Path,
    string? ModelType,
    InspectDocument.Format? Quantization,
    long Bytes,
    long Weights,
    BitsPerWeightFigures BitsPerWeight,
    JsonObject? Provenance,
    JsonObject? Recipe,
    [property: JsonIgnore] string? RecipeSummary,
    IEnumerable<InspectDocument.Matrix> Layers,
    IEnumerable<InspectDocument.Tensor> Tensors,
    IReadOnlyList<string> Warnings)
{
    /// <exception cref="DecoupleQException">The folder's files do not fit one another.</exception>
    public static InspectDocument From(Checkpoint checkpoint, IReadOnlyList<string> warnings)
    {
        CheckpointSummary summary = CheckpointSummary.Of(checkpoint);
        QuantizationRecord? record = QuantizationRecord.ReadIfThere(checkpoint.Path);
        var recipe = ModelRecipe.ReadIfThere(checkpoint.Path, record);
        AffineFormat? format = checkpoint.Quantization?.Format;
        return new(
            checkpoint.Path,
            checkpoint.Config["model_type"]?.ToString(),
            format is AffineFormat known ? new(known.Bits, known.GroupSize) : null,
            summary.Bytes,
            summary.Weights,
            new(summary.BitsPerWeight, summary.QuantizedLayersBitsPerWeight),
            ProvenanceOf(checkpoint, record),
            recipe?.Settings,
            recipe?.Summary,
            summary.Modules.Select(module => Matrix.From(module, record)),
            summary.Tensors.Select(tensor => new Tensor(tensor.Name, tensor.BlockFormat ?? tensor.Type.ToString(), tensor.Shape, tensor.ByteLength)),
            warnings);
    }

    private static JsonObject? ProvenanceOf(Checkpoint checkpoint, QuantizationRecord? record)
    {
        JsonObject provenance = record?.Provenance ?? [];
        foreach ((string field, JsonNode? value) in checkpoint.Quantization?.Provenance ?? [])
        {
            provenance.TryAdd(field, value?.DeepClone());
        }
        return provenance.Count > 0 ? provenance : null;
    }

    internal sealed record Format(int Bits, int GroupSize);

    /// <param name="Name">Full module path.</param>
    /// <param name="Outputs">Rows.</param>
    /// <param name="Inputs">Columns.</param>
    /// <param name="Bits">Bits of a code; absent if the layer is dense.</param>
    /// <param name="GroupSize">Inputs in a group, -1 for the whole row; absent if the layer is dense.</param>
    /// <param name="BitsPerWeight">Stored bits over weights.</param>
    /// <param name="Bytes">Stored bytes.</param>
    /// <param name="Loss">Mean over rows of the damped objective, if the folder says.</param>
    /// <param name="RelativeLoss">Relative error of the outputs on the calibration inputs, if the folder says.</param>
    internal sealed record Matrix(
        string Name, int Outputs, int Inputs, int? Bits, int? GroupSize, double BitsPerWeight, long Bytes, double? Loss, double? RelativeLoss)
    {
        public static Matrix From(ModuleSummary module, QuantizationRecord? record)
        {
            LayerLoss? loss = record?.Layers.GetValueOrDefault(module.Name);
            return new(
                module.Name,
                module.Rows,
                module.Columns,
                module.Format?.Bits,
                module.Format?.GroupSize,
                module.BitsPerWeight,
                module.StoredBits / 8,
                loss?.Loss,
                loss?.RelativeLoss);
        }
    }

    internal sealed record Tensor(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);
}
