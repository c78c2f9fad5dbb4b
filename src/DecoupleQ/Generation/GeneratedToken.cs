using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Generation;

/// <summary>A token of a text that is being written.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">
/// The text that has become certain with it, perhaps none: a character may need several tokens, and what could be the beginning of a stop text is held back.
/// </param>
/// <param name="LogProbabilities">
/// Its log-probability and those of the best; null unless <see cref="GenerationOptions.LogProbabilities"/> asks for them.
/// </param>
/// <param name="FinishReason">Why it is the last one; null if it is not.</param>
public sealed record GeneratedToken(int Id, string Text, TokenLogProbabilities? LogProbabilities, FinishReason? FinishReason)
{
    /// <summary>The whole generation, its seed and times among it, with the last token; null before.</summary>
    public GenerationResult? Result { get; init; }
}
