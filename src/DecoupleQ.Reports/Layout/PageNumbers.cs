using System.Globalization;
using DecoupleQ.Statistics;

namespace DecoupleQ.Reports.Layout;

/// <summary>How figures and times are written: with a decimal point, times in universal time.</summary>
internal static class PageNumbers
{
    public const string None = "\u2013";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Percent(double share) => double.IsNaN(share) ? None : Text($"{share * 100:0.##} %");

    public static string Nats(double nats) => double.IsNaN(nats) ? None : Text($"{nats:0.0000}");

    public static string Ratio(double ratio) => Text($"{ratio:0.0000}");

    public static string Seconds(double seconds) => seconds switch
    {
        double.NaN => None,
        < 0.9995 => Text($"{seconds * 1000:0} ms"),
        _ => Text($"{seconds:0.00} s"),
    };

    /// <summary>A size, in decimal units: 1 MB is a million bytes.</summary>
    public static string Bytes(double bytes) => Math.Abs(bytes) switch
    {
        < 1e6 => Text($"{Digits(bytes / 1e3, 1)} kB"),
        < 1e9 => Text($"{Digits(bytes / 1e6, 1)} MB"),
        _ => Text($"{Digits(bytes / 1e9, 2)} GB"),
    };

    public static string Rate(double perSecond) => double.IsNaN(perSecond) ? None : Digits(perSecond, 1);

    public static string Probability(double p) => p < 0.0001 ? Text($"{p:0e+0}") : Text($"{p:0.####}");

    /// <summary>A value of a signal, whatever its size; the largest number stands for no number.</summary>
    public static string Value(double value) => Math.Abs(value) switch
    {
        double.MaxValue => "\u221e",
        >= 1e6 => Text($"{value:0.###e+0}"),
        _ => Text($"{value:0.####}"),
    };

    /// <summary>A figure and its interval.</summary>
    public static string Interval(Estimate estimate, Func<double, string> text) => estimate is { Low: double low, High: double high }
        ? $"{text(estimate.Value)} ({text(low)} \u2013 {text(high)})"
        : text(estimate.Value);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string Second(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    // No digits behind the point where there are three before it.
    private static string Digits(double number, int digits) =>
        number.ToString(Math.Abs(number) >= 99.95 ? "N0" : $"F{digits}", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
