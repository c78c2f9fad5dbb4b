namespace DecoupleQ.Reports.Plots;

/// <summary>Figures with their intervals on one axis, one below the other, perhaps against a limit.</summary>
/// <param name="Title">What it shows, also for who does not see it.</param>
/// <param name="Rows">The figures, from above.</param>
public sealed record IntervalPlot(string Title, IReadOnlyList<IntervalRow> Rows) : PagePlot(Title)
{
    /// <summary>The limit; what lies beyond it is shaded.</summary>
    public double? Limit { get; init; }

    /// <summary>What no value is above, if there is such a value.</summary>
    public double? Most { get; init; }

    /// <summary>Whether values must be at least the limit; else at most.</summary>
    public bool LimitIsLeast { get; init; }
}

/// <summary>A figure with its interval.</summary>
/// <param name="Label">Whose it is; may be empty where there is one row alone.</param>
/// <param name="Color">Which of the series' colours, from 0.</param>
/// <param name="Value">The figure; what is no finite number is not drawn.</param>
/// <param name="Low">The interval's lower end, if there is one.</param>
/// <param name="High">The interval's upper end.</param>
public readonly record struct IntervalRow(string Label, int Color, double Value, double? Low, double? High);
