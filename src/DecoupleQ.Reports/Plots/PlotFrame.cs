using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;

namespace DecoupleQ.Reports.Plots;

/// <summary>What all plots have in common: their frame, their axes of values, and how these are written.</summary>
internal sealed class PlotFrame
{
    private const double Width = 460, Below = 24, Above = 8, Right = 12;
    private const byte MarkOpacity = 30;

    /// <param name="height">Of the picture.</param>
    /// <param name="labels">Room for labels at its left.</param>
    /// <param name="right">Room at its right, into which a label may reach.</param>
    public PlotFrame(double height, double labels = 60, double right = Right)
    {
        Height = height;
        Model = new PlotModel
        {
            Culture = CultureInfo.InvariantCulture,
            TextColor = PlotColor.Ink,
            PlotAreaBorderColor = PlotColor.Line,
            PlotAreaBorderThickness = new OxyThickness(0, 0, 0, 1),
            // Not measured: how wide the page's font is, the page alone knows.
            PlotMargins = new OxyThickness(labels, Above, right, Below),
            Padding = new OxyThickness(0),
        };
    }

    /// <summary>What is drawn.</summary>
    public PlotModel Model { get; }

    private double Height { get; }

    /// <summary>An axis of values.</summary>
    public static LinearAxis Values(AxisPosition position, PagePlot plot, double low, double high) => new()
    {
        Position = position,
        LabelFormatter = value => plot.IsShare
            ? string.Format(CultureInfo.InvariantCulture, plot.AxisWords.Percent, (value * 100).ToString("#,0.##", CultureInfo.InvariantCulture))
            : string.Format(CultureInfo.InvariantCulture, plot.AxisWords.Form, plot.AxisWords.Scale.Write(value)),
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = PlotColor.Grid,
        Minimum = low,
        Maximum = high,
        IntervalLength = position == AxisPosition.Left ? 40 : 70,
        MinorTickSize = 0,
        MajorTickSize = 0,
        TicklineColor = PlotColor.Line,
        AxislineStyle = LineStyle.None,
    };

    /// <summary>An axis of things, at 0, 1, 2 ...</summary>
    public static LinearAxis Things(AxisPosition position, IReadOnlyList<string> labels) => new()
    {
        Position = position,
        LabelFormatter = value => double.IsInteger(value) && value >= 0 && value < labels.Count ? labels[(int)value] : "",
        Minimum = -0.5,
        Maximum = Math.Max(1, labels.Count) - 0.5,
        MajorStep = 1,
        MinorTickSize = 0,
        MajorTickSize = 0,
        AxislineStyle = LineStyle.None,
        // The first one stands above the second.
        StartPosition = position == AxisPosition.Left ? 1 : 0,
        EndPosition = position == AxisPosition.Left ? 0 : 1,
    };

    /// <summary>A part of the bottom axis that is marked.</summary>
    public static RectangleAnnotation Mark(double from, double to) => new()
    {
        MinimumX = from,
        MaximumX = to,
        Fill = OxyColor.FromAColor(MarkOpacity, PlotColor.Alarm),
        Layer = AnnotationLayer.BelowSeries,
        Stroke = OxyColors.Transparent,
    };

    /// <summary>The picture, which takes its colours and its font from the page.</summary>
    public string ToSvg()
    {
        using var output = new MemoryStream();
        new SvgExporter { Width = Width, Height = Height, IsDocument = false, UseVerticalTextAlignmentWorkaround = false }.Export(Model, output);
        output.Position = 0;
        return PageSvg.From(output);
    }
}
