using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DecoupleQ.Reports.Plots;

/// <summary>Lays out a figure over time.</summary>
internal static class TimeLayout
{
    // What differs by less is the same.
    private const double SmallestRange = 1e-3, SmallestRatio = 0.02, SmallestShares = 0.01;
    private const double Room = 0.05;

    private const double Height = 200;

    private const byte BandOpacity = 40;

    // Points: of many, of those that no line goes through, of one that is all there is.
    private const double Dot = 1.8, LoneDot = 2.6, OnlyDot = 4;

    // Of so few a line hides where they lie.
    private const int FewPoints = 40;

    public static PlotFrame Of(TimePlot plot)
    {
        var labels = TimeLabels.For(plot.Axis.Last - plot.Axis.First);
        var frame = new PlotFrame(Height, right: labels.Width / 2);
        frame.Model.Axes.Add(Times(plot.Axis, labels));
        (double low, double high) = Range(plot);
        frame.Model.Axes.Add(PlotFrame.Values(AxisPosition.Left, plot, low, high));
        foreach ((DateTimeOffset from, DateTimeOffset to) in plot.Marked)
        {
            frame.Model.Annotations.Add(PlotFrame.Mark(At(from), At(to)));
        }
        foreach (TimeSeries series in plot.Series)
        {
            AddBand(frame.Model, series);
            AddLine(frame.Model, series, plot.IsSteps);
        }
        return frame;
    }

    private static DateTimeAxis Times((DateTimeOffset First, DateTimeOffset Last) axis, TimeLabels labels)
    {
        // A moment alone is no axis: it lies in the middle of one.
        double room = axis.Last > axis.First ? 0 : TimeSpan.FromSeconds(30).TotalDays;
        return new DateTimeAxis
        {
            Position = AxisPosition.Bottom,
            StringFormat = labels.Format,
            MinimumMajorStep = labels.Step.TotalDays,
            Minimum = At(axis.First) - room,
            Maximum = At(axis.Last) + room,
            IntervalLength = 2 * labels.Width,
            MinorTickSize = 0,
            MajorTickSize = 3,
            TicklineColor = PlotColor.Line,
        };
    }

    // Of all values and bands, with some room; what hardly changes is no mountain range.
    private static (double Low, double High) Range(TimePlot plot)
    {
        double[] values =
        [
            .. plot.Series.SelectMany(series => series.Points).Where(point => double.IsFinite(point.Value))
                .SelectMany(point => (double[])[point.Value, point.Low ?? point.Value, point.High ?? point.Value]),
        ];
        (double low, double high) = values.Length == 0 ? (0, 0) : (values.Min(), values.Max());
        low = plot.FromZero ? Math.Min(0, low) : low;
        double smallest = plot.IsShare ? SmallestShares : Math.Max(SmallestRange, SmallestRatio * Math.Max(Math.Abs(low), Math.Abs(high)));
        double room = Math.Max(Room * (high - low), (smallest - (high - low)) / 2);
        (double least, double most) = plot.IsShare ? (0, 1 + (Room * (1 - low))) : (double.NegativeInfinity, double.PositiveInfinity);
        return (plot.FromZero ? low : Math.Max(least, low - room), Math.Min(most, high + room));
    }

    private static void AddBand(PlotModel model, TimeSeries series)
    {
        // A gap in the line is one in the band too.
        var band = new List<TimePoint>();
        foreach (TimePoint point in series.Points.Append(default))
        {
            if (point is { Low: not null, High: not null } && double.IsFinite(point.Value))
            {
                band.Add(point);
                continue;
            }
            if (band.Count > 1)
            {
                var area = new AreaSeries { Color = OxyColors.Transparent, Fill = OxyColor.FromAColor(BandOpacity, PlotColor.OfSeries(series.Color)) };
                area.Points.AddRange(band.Select(edge => new DataPoint(At(edge.Time), edge.High!.Value)));
                area.Points2.AddRange(band.Select(edge => new DataPoint(At(edge.Time), edge.Low!.Value)));
                model.Series.Add(area);
            }
            band.Clear();
        }
    }

    private static void AddLine(PlotModel model, TimeSeries series, bool isSteps)
    {
        OxyColor color = PlotColor.OfSeries(series.Color);
        LineSeries line = isSteps ? new StairStepSeries() : new LineSeries();
        line.Color = color;
        line.StrokeThickness = 1.5;
        line.LineStyle = series.IsDashed ? LineStyle.Dash : LineStyle.Solid;
        line.LineJoin = LineJoin.Round;
        line.Points.AddRange(series.Points.Select(point => new DataPoint(At(point.Time), point.Value)));
        model.Series.Add(line);
        if (!isSteps)
        {
            int count = series.Points.Count(point => double.IsFinite(point.Value));
            var dots = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerFill = color, MarkerStrokeThickness = 0 };
            dots.Points.AddRange(series.Points.Index().Where(item => double.IsFinite(item.Item.Value))
                .Select(item => (Point: item.Item, IsAlone: IsAlone(series.Points, item.Index))).Where(item => count <= FewPoints || item.IsAlone)
                .Select(item => new ScatterPoint(
                    At(item.Point.Time), item.Point.Value, count == 1 ? OnlyDot : item.IsAlone ? LoneDot : Dot)));
            model.Series.Add(dots);
        }
    }

    // Between two gaps, where no line is drawn.
    private static bool IsAlone(IReadOnlyList<TimePoint> points, int index) =>
        (index == 0 || double.IsNaN(points[index - 1].Value)) && (index == points.Count - 1 || double.IsNaN(points[index + 1].Value));

    private static double At(DateTimeOffset time) => DateTimeAxis.ToDouble(time.UtcDateTime);
}
