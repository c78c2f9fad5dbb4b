namespace DecoupleQ.Generation;

/// <summary>The ranges of <see cref="GenerationOptions"/>.</summary>
public static class GenerationRanges
{
    /// <summary>Of <see cref="GenerationOptions.MaxTokens"/>.</summary>
    public static OptionRange<int> MaxTokens { get; } = new("a whole number, at least 1", value => value >= 1);

    /// <summary>Of <see cref="GenerationOptions.Temperature"/>.</summary>
    public static OptionRange<double> Temperature { get; } = OptionRange.Real("a number, at least 0", value => value >= 0);

    /// <summary>Of <see cref="GenerationOptions.TopK"/>.</summary>
    public static OptionRange<int> TopK { get; } = new("a whole number, at least 0", value => value >= 0);

    /// <summary>Of <see cref="GenerationOptions.TopP"/>.</summary>
    public static OptionRange<double> TopP { get; } = OptionRange.Real("a number above 0, at most 1", value => value is > 0 and <= 1);

    /// <summary>Of <see cref="GenerationOptions.MinP"/>.</summary>
    public static OptionRange<double> MinP { get; } = OptionRange.Real("a number from 0 to 1", value => value is >= 0 and <= 1);

    /// <summary>Of <see cref="GenerationOptions.TypicalP"/>.</summary>
    public static OptionRange<double> TypicalP { get; } = OptionRange.Real("a number above 0, at most 1", value => value is > 0 and <= 1);

    /// <summary>Of <see cref="GenerationOptions.RepetitionPenalty"/>: within, no logit leaves the range of float32.</summary>
    public static OptionRange<double> RepetitionPenalty { get; } = OptionRange.Real("a number from 0.001 to 1000", value => value is >= 0.001 and <= 1000);

    /// <summary>Of <see cref="GenerationOptions.FrequencyPenalty"/> and <see cref="GenerationOptions.PresencePenalty"/>, as OpenAI and vLLM have it.</summary>
    public static OptionRange<double> CountPenalty { get; } = OptionRange.Real("a number from -2 to 2", value => value is >= -2 and <= 2);

    /// <summary>Of each number of <see cref="GenerationOptions.LogitBias"/>, as OpenAI has it.</summary>
    public static OptionRange<double> LogitBias { get; } = OptionRange.Real("a number from -100 to 100", value => value is >= -100 and <= 100);

    /// <summary>Of <see cref="GenerationOptions.LogProbabilities"/>, as OpenAI and vLLM have it.</summary>
    public static OptionRange<int> LogProbabilities { get; } = new("a whole number from 0 to 20", value => value is >= 0 and <= 20);
}
