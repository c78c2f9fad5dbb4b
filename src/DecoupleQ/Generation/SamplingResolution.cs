using System.Numerics;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;

namespace DecoupleQ.Generation;

/// <summary>Decides how tokens are chosen: by the options where they say so, else by the model's defaults; checks the options.</summary>
internal static class SamplingResolution
{
    // Every reader of JSON keeps whole numbers below this one.
    private const long DrawnSeeds = 1L << 53;

    /// <param name="options">What is asked for.</param>
    /// <param name="defaults">The model's; null for none.</param>
    /// <param name="vocabulary">Ids run from 0 to this number, exclusive.</param>
    /// <exception cref="DecoupleQException">A value is out of its range, is no id, or would have no effect.</exception>
    public static SamplingSettings Resolve(GenerationOptions options, SamplingDefaults? defaults, int vocabulary)
    {
        GenerationRanges.MaxTokens.Require(options.MaxTokens, nameof(options.MaxTokens));
        if (options.Stop.Any(string.IsNullOrEmpty))
        {
            throw new DecoupleQException("A text is empty.", field: nameof(options.Stop), expected: "texts that are not empty");
        }
        var settings = new SamplingSettings
        {
            Temperature = Chosen(options.Temperature, nameof(options.Temperature), defaults?.Temperature, GenerationRanges.Temperature, 0),
            TopK = Chosen(options.TopK, nameof(options.TopK), defaults?.TopK, GenerationRanges.TopK, 0),
            TopP = Chosen(options.TopP, nameof(options.TopP), defaults?.TopP, GenerationRanges.TopP, 1),
            MinP = Chosen(options.MinP, nameof(options.MinP), defaults?.MinP, GenerationRanges.MinP, 0),
            TypicalP = Chosen(options.TypicalP, nameof(options.TypicalP), defaults?.TypicalP, GenerationRanges.TypicalP, 1),
            RepetitionPenalty = Chosen(
                options.RepetitionPenalty, nameof(options.RepetitionPenalty), defaults?.RepetitionPenalty, GenerationRanges.RepetitionPenalty, 1),
            FrequencyPenalty = GenerationRanges.CountPenalty.Require(options.FrequencyPenalty, nameof(options.FrequencyPenalty)),
            PresencePenalty = GenerationRanges.CountPenalty.Require(options.PresencePenalty, nameof(options.PresencePenalty)),
            LogitBias = options.LogitBias,
            Constraint = options.Constraint,
            Seed = options.Seed ?? DrawSeed(),
            LogProbabilities = options.LogProbabilities is int count
                ? GenerationRanges.LogProbabilities.Require(count, nameof(options.LogProbabilities))
                : null,
        };
        foreach ((int id, double bias) in options.LogitBias)
        {
            RequireId(id, vocabulary, nameof(options.LogitBias));
            GenerationRanges.LogitBias.Require(bias, nameof(options.LogitBias));
        }
        foreach (int id in options.EndIds)
        {
            RequireId(id, vocabulary, nameof(options.EndIds));
        }
        if (settings.Temperature == 0)
        {
            RequireNone(options.TopK > 0, nameof(options.TopK));
            RequireNone(options.TopP < 1, nameof(options.TopP));
            RequireNone(options.MinP > 0, nameof(options.MinP));
            RequireNone(options.TypicalP < 1, nameof(options.TypicalP));
        }
        return settings;
    }

    /// <summary>A seed that nobody has chosen.</summary>
    public static ulong DrawSeed() => (ulong)Random.Shared.NextInt64(DrawnSeeds);

    private static T Chosen<T>(T? given, string option, ModelDefault<T>? byModel, OptionRange<T> range, T neutral)
        where T : struct, INumber<T> => (given, byModel) switch
        {
            (T value, _) => range.Require(value, option),
            (null, ModelDefault<T> stored) => range.Contains(stored.Value) ? stored.Value : throw stored.OutOfRange(range.Expected),
            _ => neutral,
        };

    private static void RequireId(int id, int vocabulary, string option)
    {
        if (id < 0 || id >= vocabulary)
        {
            throw new DecoupleQException($"{id} is no id of the model.", field: option, expected: $"ids from 0 to {vocabulary - 1}");
        }
    }

    private static void RequireNone(bool limited, string option)
    {
        if (limited)
        {
            throw new DecoupleQException("It limits draws, and at temperature 0 nothing is drawn.", field: option, expected: "a temperature above 0 beside it");
        }
    }
}
