using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>How a sequence is kept.</summary>
public sealed record SequenceOptions
{
    /// <summary>How keys and values are kept; null for the model's choice, <see cref="LanguageModelOptions.KeyValues"/>.</summary>
    public KeyValueFormat? KeyValues { get; init; }

    /// <summary>
    /// The most ids that the sequence will have, at least 1 and at most the model's context, which null stands for. Rotary factors that depend on the length
    /// are taken for it, and stay.
    /// </summary>
    public int? Length { get; init; }

    /// <summary>How rows go through quantized weights. Default <see cref="ProductArithmetic.Rounded"/>.</summary>
    public ProductArithmetic Products { get; init; } = ProductArithmetic.Rounded;
}

/// <summary>How a sequence's rows are multiplied with quantized weights.</summary>
public enum ProductArithmetic
{
    /// <summary>
    /// Inputs, or sums of them, rounded to integers of 15 or 16 bits, run by run, where that is quicker: within 1e-4 (root mean square, relative) of the exact
    /// products of each layer.
    /// </summary>
    Rounded,

    /// <summary>
    /// To float32: for logits that are compared with others'. What measures (evaluation, logits, embeddings) asks for it. Prompts take one and a half to three
    /// times as long, decoding up to twice.
    /// </summary>
    Float32,
}
