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
    /// <summary>
    /// Characters of the text up to this token that are still held back, as they could be the beginning of a stop text; they come with a later token. A special
    /// token, which has no text of its own, stands behind them.
    /// </summary>
    public int HeldBack { get; init; }

    /// <summary>The whole generation, its seed and times among it, with the last token; null before.</summary>
    public GenerationResult? Result { get; init; }
}
