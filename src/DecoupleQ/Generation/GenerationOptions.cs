using DecoupleQ.Tokenization;

namespace DecoupleQ.Generation;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate, at least 1. Default 128.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>0 takes the most probable token each time (greedy, the default); above 0 the logits are divided by it and a token is drawn.</summary>
    public double Temperature { get; init; }

    /// <summary>Draw among this many most probable tokens only; 0 (the default) for all. Needs a temperature.</summary>
    public int TopK { get; init; }

    /// <summary>Draw among the most probable tokens that together reach this probability, in (0, 1]. Default 1: all. Needs a temperature.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Texts that end the generation; they and what follows are not returned.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether special tokens in the prompt are recognised. Default: they are plain text.</summary>
    public SpecialTokens SpecialTokens { get; init; } = SpecialTokens.AsText;
}

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model produced one of its end tokens.</summary>
    EndToken,

    /// <summary>A stop text appeared.</summary>
    StopText,

    /// <summary><see cref="GenerationOptions.MaxTokens"/> was reached.</summary>
    MaxTokens,

    /// <summary>The model's context is full.</summary>
    ContextFull,
}

/// <summary>A finished generation.</summary>
/// <param name="Text">What was generated, without the prompt.</param>
/// <param name="Ids">The generated ids, an end token included if one ended it.</param>
/// <param name="PromptTokens">Ids of the prompt, a leading id included.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PrefillTime">Time from the start to the logits of the prompt's last token.</param>
/// <param name="DecodeTime">Time from then to the last token.</param>
public sealed record GenerationResult(
    string Text,
    IReadOnlyList<int> Ids,
    int PromptTokens,
    FinishReason FinishReason,
    TimeSpan PrefillTime,
    TimeSpan DecodeTime)
{
    /// <summary>Of the prompt's ids, how many were still there from an earlier turn of a conversation and were not run again.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Prompt tokens a second, of those that were run.</summary>
    public double PrefillTokensPerSecond => (PromptTokens - ReusedTokens) / PrefillTime.TotalSeconds;

    /// <summary>Tokens a second after the first generated one, which the prefill yields; 0 if there was no other.</summary>
    public double DecodeTokensPerSecond => Ids.Count > 1 ? (Ids.Count - 1) / DecodeTime.TotalSeconds : 0;
}
