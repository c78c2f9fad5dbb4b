using System.Collections.ObjectModel;

namespace DecoupleQ.Generation.Sampling;

/// <summary>How tokens are chosen, everything decided and in its range; the defaults change nothing.</summary>
internal sealed record SamplingSettings
{
    /// <summary>0 takes the best token; above 0 logits are divided by it and a token is drawn.</summary>
    public double Temperature { get; init; }

    /// <summary>0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>1 for all.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>1 for none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>0 for none.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>0 for none.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Added to logits, by id.</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = ReadOnlyDictionary<int, double>.Empty;

    /// <summary>Null where every token may come.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Of how many of the best tokens log-probabilities are wanted beside the chosen one's; null for none at all.</summary>
    public int? LogProbabilities { get; init; }
}
