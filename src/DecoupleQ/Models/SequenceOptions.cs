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

    /// <summary>How prompts go through quantized weights. Default <see cref="PromptArithmetic.Integer"/>.</summary>
    public PromptArithmetic Prompts { get; init; } = PromptArithmetic.Integer;
}

/// <summary>How a prompt's rows are multiplied with quantized weights.</summary>
public enum PromptArithmetic
{
    /// <summary>
    /// Inputs rounded to 15-bit integers, run by run, where that is quicker: within 1e-4 (root mean square, relative) of the exact products of each layer.
    /// </summary>
    Integer,

    /// <summary>In float32: for logits that are compared with others'. What measures (evaluation, logits, embeddings) asks for it.</summary>
    Float32,
}
