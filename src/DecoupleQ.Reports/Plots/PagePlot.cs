namespace DecoupleQ.Reports.Plots;

/// <summary>What a page draws.</summary>
/// <param name="Title">What it shows, also for who does not see it.</param>
public abstract record PagePlot(string Title)
{
    /// <summary>The unit, or nothing.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether the values are shares, of which 1 is the whole, which stand as percentages.</summary>
    public bool IsShare { get; init; }

    /// <summary>How its axis is labelled.</summary>
    public AxisWords AxisWords { get; init; } = AxisWords.English;
}

/// <summary>How a language labels axes. Numbers in braces stand for what is put there.</summary>
/// <param name="Percent">A percentage.</param>
/// <param name="Scale">Large numbers.</param>
public sealed record AxisWords(string Percent, NumberScale Scale)
{
    /// <summary>What stands around a value that is no percentage, such as its unit.</summary>
    public string Form { get; init; } = "{0}";

    /// <summary>As English does.</summary>
    public static AxisWords English { get; } = new("{0} %", NumberScale.Letters);
}
