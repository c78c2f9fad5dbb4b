using DecoupleQ.Generation;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>How tokens are chosen, and where an answer ends.</summary>
internal static class SamplingOptions
{
    /// <summary>Reads it.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="extras">What is asked for beyond that.</param>
    /// <param name="given">The library's own options, over which the others go; null for none.</param>
    /// <param name="maxTokens">The most tokens of an answer if nothing is asked for.</param>
    /// <exception cref="DecoupleQException">A value is out of its range.</exception>
    public static GenerationOptions Read(ChatOptions options, ExtraProperties extras, GenerationOptions? given, int maxTokens)
    {
        GenerationOptions start = given ?? new GenerationOptions { MaxTokens = maxTokens };
        if (options.StopSequences?.Any(string.IsNullOrEmpty) == true)
        {
            throw Refusal.Of(nameof(options.StopSequences), "A text is empty.", "texts that are not empty");
        }
        return Drawn(start with
        {
            MaxTokens = options.MaxOutputTokens is int tokens
                ? GenerationRanges.MaxTokens.Require(tokens, nameof(options.MaxOutputTokens))
                : start.MaxTokens,
            Temperature = OptionValues.Exact(options.Temperature) ?? start.Temperature,
            TopP = OptionValues.Exact(options.TopP) ?? start.TopP,
            TopK = options.TopK ?? start.TopK,
            MinP = extras.MinP ?? start.MinP,
            TypicalP = extras.TypicalP ?? start.TypicalP,
            RepetitionPenalty = extras.RepetitionPenalty ?? start.RepetitionPenalty,
            FrequencyPenalty = OptionValues.Exact(options.FrequencyPenalty) ?? start.FrequencyPenalty,
            PresencePenalty = OptionValues.Exact(options.PresencePenalty) ?? start.PresencePenalty,
            Seed = options.Seed is long seed ? unchecked((ulong)seed) : start.Seed,
            Stop = options.StopSequences is { Count: > 0 } stops ? [.. stops] : start.Stop,
        });
    }

    // As services have it: limits of draws ask for draws, and at temperature 0 there is nothing to limit, whatever the application's defaults are.
    private static GenerationOptions Drawn(GenerationOptions options)
    {
        if (options.Temperature is 0)
        {
            return options with { TopP = null, TopK = null, MinP = null, TypicalP = null };
        }
        bool limited = options.TopP is not null || options.TopK is not null || options.MinP is not null || options.TypicalP is not null;
        return options with
        {
            Temperature = options.Temperature ?? (limited ? 1 : null),
            // Nothing but the best token.
            TopP = options.TopP is 0 ? null : options.TopP,
            TopK = options.TopP is 0 ? 1 : options.TopK,
        };
    }
}
