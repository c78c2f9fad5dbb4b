using OxyPlot;

namespace DecoupleQ.Reports.Plots;

/// <summary>
/// Colours by what they are for. A plot is laid out with stand-ins, in whose place its SVG names variables of the page's style: one picture for light and for
/// dark.
/// </summary>
internal static class PlotColor
{
    /// <summary>Colours that series can be told apart by.</summary>
    public const int Series = 8;

    private static readonly string[] Names =
    [
        "ink", "line", "grid", "alarm", "panel", .. Enumerable.Range(1, Series).Select(number => $"series-{number}"),
    ];

    public static OxyColor Ink => StandIn(0);

    public static OxyColor Line => StandIn(1);

    public static OxyColor Grid => StandIn(2);

    public static OxyColor Alarm => StandIn(3);

    /// <summary>What lies behind a plot.</summary>
    public static OxyColor Panel => StandIn(4);

    /// <summary>The colour of a series; beyond the last they begin again.</summary>
    public static OxyColor OfSeries(int index) => StandIn(5 + (index % Series));

    /// <summary>The variable in place of a stand-in; null for any other colour.</summary>
    /// <param name="red">Of its colour, as the exporter writes it.</param>
    /// <param name="green">Of its colour.</param>
    /// <param name="blue">Of its colour.</param>
    public static string? Variable(int red, int green, int blue) => red == 1 && green == 0 && blue < Names.Length ? $"var(--{Names[blue]})" : null;

    private static OxyColor StandIn(int index) => OxyColor.FromRgb(1, 0, (byte)index);
}
