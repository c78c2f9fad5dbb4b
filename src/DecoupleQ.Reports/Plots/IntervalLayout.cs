using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DecoupleQ.Reports.Plots;

/// <summary>Lays out figures with their intervals.</summary>
internal static class IntervalLayout
{
    private const double RowHeight = 22, Frame = 36, LeastHeight = 74;
    private const double LeastLabel = 60, MostLabel = 240, NoLabels = 22, Right = 24;

    // Of letters of a label that is enlarged for a small screen: of scripts whose letters are square, and of others.
    private const double SquareLetter = 15, Letter = 9;

    // Beside the values, and what there is where they are all the same.
    private const double Room = 0.08, SmallestShare = 0.01, SmallestRatio = 0.02, Smallest = 1e-3;
    private const double Cap = 0.22;

    /// <param name="plot">What it shows.</param>
    public static PlotFrame Of(IntervalPlot plot)
    {
        bool hasLabels = plot.Rows.Any(row => row.Label.Length > 0);
        double labels = hasLabels ? Math.Clamp(plot.Rows.Max(row => WidthOf(row.Label)), LeastLabel, MostLabel) : NoLabels;
        var frame = new PlotFrame(Math.Max(LeastHeight, Frame + (RowHeight * plot.Rows.Count)), labels, Right);
        (double low, double high) = Range(plot);
        frame.Model.Axes.Add(PlotFrame.Values(AxisPosition.Bottom, plot, low, high));
        frame.Model.Axes.Add(PlotFrame.Things(AxisPosition.Left, [.. plot.Rows.Select(row => row.Label)]));
        if (plot.Limit is double limit)
        {
            frame.Model.Annotations.Add(plot.LimitIsLeast ? PlotFrame.Mark(low, limit) : PlotFrame.Mark(limit, high));
            frame.Model.Annotations.Add(new LineAnnotation
            {
                Type = LineAnnotationType.Vertical, X = limit, Color = PlotColor.Alarm, LineStyle = LineStyle.Dash, StrokeThickness = 1.5,
            });
        }
        foreach ((int index, IntervalRow row) in plot.Rows.Index().Where(item => double.IsFinite(item.Item.Value)))
        {
            Add(frame.Model, row, index);
        }
        return frame;
    }

    private static double WidthOf(string label) => label.Sum(letter => letter >= '\u2e80' ? SquareLetter : Letter);

    private static void Add(PlotModel model, IntervalRow row, int place)
    {
        OxyColor color = PlotColor.OfSeries(row.Color);
        if (row is { Low: double low, High: double high } && double.IsFinite(low) && double.IsFinite(high))
        {
            foreach ((double x, double y, double toX, double toY) in ((double, double, double, double)[])
                [(low, place, high, place), (low, place - Cap, low, place + Cap), (high, place - Cap, high, place + Cap)])
            {
                var line = new LineSeries { Color = color, StrokeThickness = 2 };
                line.Points.Add(new DataPoint(x, y));
                line.Points.Add(new DataPoint(toX, toY));
                model.Series.Add(line);
            }
        }
        var dot = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 4, MarkerFill = color, MarkerStrokeThickness = 0 };
        dot.Points.Add(new ScatterPoint(row.Value, place));
        model.Series.Add(dot);
    }

    private static (double Low, double High) Range(IntervalPlot plot)
    {
        double[] values =
        [
            .. plot.Rows.SelectMany(row => (double[])[row.Value, row.Low ?? row.Value, row.High ?? row.Value])
                .Append(plot.Limit ?? double.NaN).Where(double.IsFinite),
        ];
        (double low, double high) = values.Length == 0 ? (0, 0) : (values.Min(), values.Max());
        double smallest = plot.IsShare ? SmallestShare : Math.Max(Smallest, SmallestRatio * Math.Max(Math.Abs(low), Math.Abs(high)));
        double room = Math.Max(Room * (high - low), (smallest - (high - low)) / 2);
        return (low - room, Math.Min(high + room, plot.Most ?? double.PositiveInfinity));
    }
}
