namespace DecoupleQ.Reports.Plots;

/// <summary>Draws a <see cref="PagePlot"/>, as SVG that takes its colours and its font from the page.</summary>
internal static class SvgPlot
{
    /// <param name="plot">What it shows.</param>
    public static string Draw(PagePlot plot) => (plot switch
    {
        TimePlot times => TimeLayout.Of(times),
        BarPlot bars => BarLayout.Of(bars),
        IntervalPlot intervals => IntervalLayout.Of(intervals),
        _ => throw new ArgumentOutOfRangeException(nameof(plot), plot, "There is no such plot."),
    }).ToSvg();
}
