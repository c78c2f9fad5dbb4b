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
}
