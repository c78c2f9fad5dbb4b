namespace DecoupleQ.Reports.Plots;

/// <summary>A figure over time, of one or more models.</summary>
/// <param name="Title">What it shows, also for who does not see it.</param>
/// <param name="Series">Lines.</param>
public sealed record TimePlot(string Title, IReadOnlyList<TimeSeries> Series) : PagePlot(Title)
{
    /// <summary>Whether the axis begins at 0.</summary>
    public bool FromZero { get; init; }

    /// <summary>Whether a value holds until the next one.</summary>
    public bool IsSteps { get; init; }

    /// <summary>Times that are marked.</summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Marked { get; init; } = [];

    /// <summary>The first and the last moment of the axis.</summary>
    public required (DateTimeOffset First, DateTimeOffset Last) Axis { get; init; }
}

/// <summary>A line of a plot.</summary>
/// <param name="Color">Which of the series' colours, from 0.</param>
/// <param name="Points">Its points in the order of time; NaN where there is none.</param>
public sealed record TimeSeries(int Color, IReadOnlyList<TimePoint> Points)
{
    /// <summary>Whether the line is broken into dashes, for a second one of the same model.</summary>
    public bool IsDashed { get; init; }
}

/// <summary>A point, perhaps with a band around it.</summary>
/// <param name="Time">When.</param>
/// <param name="Value">What; NaN for a gap.</param>
/// <param name="Low">The band's lower end.</param>
/// <param name="High">The band's upper end.</param>
public readonly record struct TimePoint(DateTimeOffset Time, double Value, double? Low = null, double? High = null);
