using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DecoupleQ.Reports.Plots;

/// <summary>Lays out bars.</summary>
internal static class BarLayout
{
    // Of a large number whose letters are enlarged for a small screen.
    private const double Height = 200, LabelRoom = 70;

    // Of the room of a group, the rest of which is free; and above the highest bar, for what is written there.
    private const double Filled = 0.76, Headroom = 1.16;
    private const double Cap = 0.05, LabelGap = 7, SpreadLine = 1.4, SpreadEdge = 4.2;

    /// <param name="plot">What it shows.</param>
    public static PlotFrame Of(BarPlot plot)
    {
        var frame = new PlotFrame(Height, LabelRoom);
        frame.Model.Axes.Add(PlotFrame.Things(AxisPosition.Bottom, [.. plot.Groups.Select(group => group.Label)]));
        double most = plot.Groups.SelectMany(group => group.Bars).Select(bar => Top(bar)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        frame.Model.Axes.Add(PlotFrame.Values(AxisPosition.Left, plot, 0, most > 0 ? most * Headroom : 1));
        foreach ((int place, BarGroup group) in plot.Groups.Index())
        {
            double width = Filled / Math.Max(1, group.Bars.Count), left = place - (Filled / 2);
            foreach ((int index, Bar bar) in group.Bars.Index().Where(item => double.IsFinite(item.Item.Value)))
            {
                Add(frame.Model, bar, left + (index * width), width);
            }
        }
        return frame;
    }

    private static double Top(Bar bar) => Math.Max(bar.Value, bar.High ?? bar.Value);

    private static void Add(PlotModel model, Bar bar, double left, double width)
    {
        OxyColor color = PlotColor.OfSeries(bar.Color);
        var body = new RectangleBarSeries { FillColor = color, StrokeColor = color, StrokeThickness = 0 };
        body.Items.Add(new RectangleBarItem(left, 0, left + width, bar.Value));
        model.Series.Add(body);
        double middle = left + (width / 2);
        if (bar is { Low: double low, High: double high } && low < high)
        {
            // Edged in the colour behind the plot, as a bar may be as light, or as dark, as the line.
            foreach ((OxyColor stroke, double thickness) in ((OxyColor, double)[])[(PlotColor.Panel, SpreadEdge), (PlotColor.Ink, SpreadLine)])
            {
                foreach ((double x, double y, double toX, double toY) in ((double, double, double, double)[])
                    [(middle, low, middle, high), (middle - Cap, low, middle + Cap, low), (middle - Cap, high, middle + Cap, high)])
                {
                    var line = new LineSeries { Color = stroke, StrokeThickness = thickness };
                    line.Points.Add(new DataPoint(x, y));
                    line.Points.Add(new DataPoint(toX, toY));
                    model.Series.Add(line);
                }
            }
        }
        model.Annotations.Add(new TextAnnotation
        {
            Text = bar.Label,
            TextPosition = new DataPoint(middle, Top(bar)),
            TextHorizontalAlignment = HorizontalAlignment.Center,
            TextVerticalAlignment = VerticalAlignment.Bottom,
            TextColor = PlotColor.Ink,
            FontSize = 11,
            // Clear of the bar, and of the end of its range.
            Offset = new ScreenVector(0, -LabelGap),
            Background = OxyColors.Undefined,
            Stroke = OxyColors.Undefined,
            StrokeThickness = 0,
        });
    }
}
