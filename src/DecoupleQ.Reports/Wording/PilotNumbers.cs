using System.Globalization;
using System.Text;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Statistics;

namespace DecoupleQ.Reports.Wording;

/// <summary>How a pilot's figures are written, whatever the language; an interval stands below its figure, unless that is known exactly.</summary>
internal static class PilotNumbers
{
    /// <summary>A share with its sign: what is more, or less.</summary>
    public static string Increase(double share) => Finite(share, number => Text($"{number * 100:+0.##;-0.##;0} %"));

    public static string Percent(double share) => Finite(share, PageNumbers.Percent);

    public static string Nats(double nats) => Finite(nats, PageNumbers.Nats);

    public static string Perplexity(double perplexity) => Finite(perplexity, number => Text($"{number:0.000}"));

    public static string Ratio(double ratio) => Finite(ratio, number => Text($"{number:0.00}"));

    public static string Seconds(double seconds) => seconds is < 0.1 and >= 0 ? Text($"{seconds * 1000:0.0} ms") : Finite(seconds, PageNumbers.Seconds);

    public static string Bits(double bits) => Finite(bits, number => Text($"{number:0.00}"));

    /// <summary>A number of weights, as models are named by it.</summary>
    public static string Parameters(long weights) => weights switch
    {
        < 1_000_000 => Text($"{weights / 1e3:0.#}K"),
        < 1_000_000_000 => Text($"{weights / 1e6:0.#}M"),
        _ => Text($"{weights / 1e9:0.#}B"),
    };

    /// <summary>A number of any size, with three or more digits that count.</summary>
    public static string Amount(double amount) => Finite(amount, number => Math.Abs(number) switch
    {
        0 => "0",
        >= 1e15 => Text($"{number:0.###e+0}"),
        >= 1000 => Text($"{number:N0}"),
        >= 100 => Text($"{number:0.#}"),
        >= 1 => Text($"{number:0.##}"),
        >= 1e-4 => Text($"{number:0.######}"),
        _ => Text($"{number:0.###e+0}"),
    });

    /// <summary>An amount of money: a sign stands before it, a name after it.</summary>
    public static string Money(double amount, string currency)
    {
        bool isSign = currency.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.CurrencySymbol);
        // What is no more than rounding has no sign.
        string number = Amount(Math.Abs(amount)), sign = amount < 0 && number != "0" ? "-" : "";
        return isSign ? sign + currency + number : $"{sign}{number} {currency}";
    }

    /// <summary>A figure, and its interval below it.</summary>
    public static string Below(Estimate estimate, Func<double, string> text) => estimate is { Low: double low, High: double high } && low < high
        ? $"{text(estimate.Value)}\n({text(low)} \u2013 {text(high)})"
        : text(estimate.Value);

    /// <summary>A figure, and between what it lies below it.</summary>
    public static string Below(Spread spread, Func<double, string> text) => spread.IsExact
        ? text(spread.Value)
        : $"{text(spread.Value)}\n({text(spread.Low)} \u2013 {text(spread.High)})";

    /// <summary>The same of one that may not be known.</summary>
    public static string Below(Spread? spread, Func<double, string> text) => spread is Spread known ? Below(known, text) : PageNumbers.None;

    private static string Finite(double value, Func<double, string> text) => value switch
    {
        double.NaN => PageNumbers.None,
        double.PositiveInfinity => "\u221e",
        double.NegativeInfinity => "-\u221e",
        _ => text(value),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
