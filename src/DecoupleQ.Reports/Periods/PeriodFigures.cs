using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>What happened in a period, in bounded memory whatever its length: figures, not entries.</summary>
public sealed record PeriodFigures
{
    /// <summary>The time of the earliest entry.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The time of the latest entry.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>Entries that were read, of the period and the model that were asked for.</summary>
    public required long Entries { get; init; }

    /// <summary>The models, by name.</summary>
    public required IReadOnlyList<ModelFigures> Models { get; init; }

    /// <summary>Answers over time.</summary>
    public required TimeBuckets OverTime { get; init; }

    /// <summary>When answers differed from the baseline.</summary>
    public required IReadOnlyList<DriftPeriod> Drift { get; init; }

    /// <summary>Comparisons with other models.</summary>
    public required IReadOnlyList<ComparisonFigures> Comparisons { get; init; }

    /// <summary>The share of a canary: what it had when the period began, if the log tells, and every change.</summary>
    public required IReadOnlyList<ShareEntry> Shares { get; init; }

    /// <summary>The answers that differed most from another model's, the one that differs most first.</summary>
    public required IReadOnlyList<DifferingAnswer> Differing { get; init; }

    /// <summary>Entries of drift and shares, the oldest ones, that were too many to be told.</summary>
    public required long Omitted { get; init; }

    /// <summary>Whether any model was compared with a baseline, as far as the log tells.</summary>
    public bool HasBaseline => Drift.Count > 0 || Models.Any(model => model.Baselines.Count > 0 || model.SelfChecks > 0);

    /// <summary>All answers.</summary>
    public long Answers => Models.Sum(model => model.Answers.Answers);
}
