using System.Globalization;

namespace DecoupleQ.Reports.Plots;

/// <summary>How a language shortens large numbers.</summary>
/// <param name="Steps">From which value on, in which unit, and how that is written around the number; the largest first.</param>
public sealed record NumberScale(IReadOnlyList<(double From, double Unit, string Form)> Steps)
{
    private const double Whole = 100;

    /// <summary>Millions and thousands by their letters, as beside a plot.</summary>
    public static NumberScale Letters { get; } = new([(1e9, 1e9, "{0} G"), (1e6, 1e6, "{0} M"), (1e4, 1e3, "{0} k")]);

    /// <summary>A number, with up to <paramref name="digits"/> digits behind its point where it is not shortened.</summary>
    public string Write(double number, int digits = 4)
    {
        (double _, double unit, string form) = Steps.FirstOrDefault(step => Math.Abs(number) >= step.From) is { Form: not null } step ? step : (0, 1, "{0}");
        double shortened = number / unit;
        string format = unit == 1 ? "#,0." + new string('#', digits) : Math.Abs(shortened) >= Whole ? "#,0" : "#,0.##";
        return string.Format(CultureInfo.InvariantCulture, form, shortened.ToString(format, CultureInfo.InvariantCulture));
    }
}
