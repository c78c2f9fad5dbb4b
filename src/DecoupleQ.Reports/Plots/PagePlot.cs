namespace DecoupleQ.Reports.Plots;

/// <summary>What a page draws.</summary>
/// <param name="Title">What it shows, also for who does not see it.</param>
public abstract record PagePlot(string Title)
{
    /// <summary>The unit, or nothing.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether the values are shares, of which 1 is the whole, which stand as percentages.</summary>
    public bool IsShare { get; init; }
}
