using DecoupleQ.Generation;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Words for a finished generation.</summary>
internal static class GenerationText
{
    public static string Summary(GenerationResult result) =>
        $"prefill: {result.PromptTokens} tokens at {Figures.Rate(result.PrefillTokensPerSecond)}; "
        + $"decode: {result.Ids.Count} tokens at {Figures.Rate(result.DecodeTokensPerSecond)}; ended by {EndedBy(result.FinishReason)}"
        + (result.Seed is ulong seed ? $"; seed {seed}" : "");

    /// <summary>What ended it, after "ended by".</summary>
    public static string EndedBy(FinishReason reason) => reason switch
    {
        FinishReason.EndToken => "an end token",
        FinishReason.StopText => "a stop text",
        FinishReason.MaxTokens => "--max-tokens",
        FinishReason.ContextFull => "the end of the model's context",
        _ => reason.ToString(),
    };
}
