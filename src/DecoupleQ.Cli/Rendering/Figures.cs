using System.Globalization;
using DecoupleQ.Cli.Json;

namespace DecoupleQ.Cli.Rendering;

/// <summary>How figures are written for people: always with a decimal point, sizes in decimal units (1 MB = 1,000,000 bytes).</summary>
internal static class Figures
{
    public const string None = "-";

    public static string Size(long bytes) => bytes switch
    {
        < 1_000_000 => Text($"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => Text($"{bytes / 1e6:0.0} MB"),
        _ => Text($"{bytes / 1e9:0.00} GB"),
    };

    public static string Bits(double bits) => Text($"{bits:0.000}");

    public static string Perplexity(double perplexity) => Text($"{perplexity:0.000}");

    public static string Nats(double nats) => Text($"{nats:0.0000}");

    public static string Percent(double share) => Text($"{share * 100:0.0} %");

    /// <summary>A figure with its interval, if it has one.</summary>
    public static string Interval(IntervalFigures interval, Func<double, string> text) => interval is { Low: double low, High: double high }
        ? $"{text(interval.Value)} ({text(low)} to {text(high)})"
        : text(interval.Value);

    public static string Seconds(double seconds) => Text($"{seconds:0.0} s");

    public static string Rate(double tokensPerSecond) => Text($"{tokensPerSecond:0.0} tokens/s");

    public static string Operations(double operationsPerSecond) => Text($"{operationsPerSecond / 1e9:0.0} GFLOP/s");

    public static string Bandwidth(double bytesPerSecond) => Text($"{bytesPerSecond / 1e9:0.0} GB/s");

    public static string Loss(double loss) => Text($"{loss:0.0000e+0}");

    public static string RelativeLoss(double loss) => Text($"{loss:0.00000}");

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A rough duration: "25 s", "3 min", "2 h 10 min".</summary>
    public static string About(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => Text($"{Math.Ceiling(time.TotalSeconds):0} s"),
        { TotalMinutes: < 90 } => Text($"{Math.Round(time.TotalMinutes):0} min"),
        _ => Text($"{Math.Floor(time.TotalHours):0} h {time.Minutes} min"),
    };

    /// <summary>What is left of work, in words.</summary>
    public static string Left(TimeSpan remaining) => $"about {About(remaining)} left";

    /// <summary>What is left of work that goes on as fast as it has gone so far, in words.</summary>
    /// <param name="elapsed">What it has taken so far.</param>
    /// <param name="fraction">The share of it that is done, above 0.</param>
    public static string Left(TimeSpan elapsed, double fraction) => Left(elapsed * ((1 - fraction) / fraction));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
