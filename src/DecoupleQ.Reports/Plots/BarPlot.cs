namespace DecoupleQ.Reports.Plots;

/// <summary>Figures side by side, from 0 up.</summary>
/// <param name="Title">What it shows, also for who does not see it.</param>
/// <param name="Groups">Bars that belong together, each with a label below it.</param>
public sealed record BarPlot(string Title, IReadOnlyList<BarGroup> Groups) : PagePlot(Title);

/// <summary>Bars that belong together.</summary>
/// <param name="Label">What they have in common, in a word or two.</param>
/// <param name="Bars">From left to right.</param>
public sealed record BarGroup(string Label, IReadOnlyList<Bar> Bars);

/// <summary>A bar.</summary>
/// <param name="Color">Which of the series' colours, from 0.</param>
/// <param name="Value">How high it is, at least 0; what is no finite number is not drawn.</param>
/// <param name="Low">The lower end of what the value lies between, if that is known.</param>
/// <param name="High">The upper end.</param>
/// <param name="Label">What stands above it.</param>
public readonly record struct Bar(int Color, double Value, double? Low, double? High, string Label);
