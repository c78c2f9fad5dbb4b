namespace DecoupleQ.Reports.Plots;

/// <summary>How moments are written below a plot: so that no two that are labelled read the same.</summary>
/// <param name="Format">Of the time.</param>
/// <param name="Step">The least time between two labels.</param>
/// <param name="Width">Of a label with the room beside it, in the plot's units.</param>
internal readonly record struct TimeLabels(string Format, TimeSpan Step, double Width)
{
    /// <summary>That of an axis.</summary>
    /// <param name="span">From its first moment to its last.</param>
    public static TimeLabels For(TimeSpan span) => span.TotalMinutes switch
    {
        <= 4 => new("HH:mm:ss", TimeSpan.FromSeconds(1), 54),
        <= 24 * 60 => new("HH:mm", TimeSpan.FromMinutes(1), 36),
        <= 4 * 24 * 60 => new("MM-dd HH:mm", TimeSpan.FromHours(1), 72),
        <= 400 * 24 * 60 => new("MM-dd", TimeSpan.FromDays(1), 36),
        // Of months and years the steps are whole by themselves.
        _ => new("yyyy-MM", TimeSpan.Zero, 48),
    };
}
