namespace DecoupleQ.Reports.Periods;

/// <summary>Which entries of a log a report is about.</summary>
public sealed record PeriodOptions
{
    /// <summary>The first moment; null for the log's beginning.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The moment that it ends before; null for the log's end.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The only model; null for all.</summary>
    public string? Model { get; init; }

    internal bool IsBefore(DateTimeOffset time) => time < From;

    internal bool IsAfter(DateTimeOffset time) => time >= To;
}
