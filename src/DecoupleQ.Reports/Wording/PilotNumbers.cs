using System.Globalization;
using System.Text;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Statistics;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Wording;

/// <summary>How a pilot's figures are written; an interval stands behind or below its figure, unless that is known exactly.</summary>
/// <param name="words">The language's.</param>
public sealed class PilotNumbers(NumberWords words)
{
    // With fewer items a share has no digits behind the point.
    private const int ManyItems = 100;

    // A figure of so many is whole.
    private const double Whole = 100;

    private const char UnbrokenBlank = '\u00a0';

    /// <summary>A share with its sign: what is more, or less.</summary>
    public WrittenNumber Increase(double share) => Finite(share, words.Percent, number =>
        Percentage(number) is var text && text != "0" && number > 0 ? words.Plus + text : text);

    /// <summary>A share.</summary>
    public WrittenNumber Percent(double share) => Finite(share, words.Percent, Percentage);

    /// <summary>A share of some items, with no more digits than these bear.</summary>
    public WrittenNumber PercentOf(double share, int items) => items >= ManyItems
        ? Finite(share, words.Percent, number => Text(number * 100, "#,0.#"))
        : Finite(share, words.Percent, number => Text(number * 100, "#,0"));

    /// <summary>A difference of shares.</summary>
    public WrittenNumber Points(double share) => Finite(share, words.Points, number => Plain(Math.Round(number * 100, 2)));

    /// <summary>A difference of shares with its sign.</summary>
    public WrittenNumber SignedPoints(double share) => Points(share) is var points && share > 0 && points.Number != "0"
        ? points with { Number = words.Plus + points.Number }
        : points;

    /// <summary>A divergence.</summary>
    public WrittenNumber Nats(double nats) => Finite(nats, "{0}", number => Signed(Text(number, "#,0.0000")));

    /// <summary>A perplexity.</summary>
    public WrittenNumber Perplexity(double perplexity) => Finite(perplexity, "{0}", number => Text(number, number >= Whole ? "#,0.0" : "0.000"));

    /// <summary>A quotient.</summary>
    public WrittenNumber Ratio(double ratio) => Finite(ratio, "{0}", number => Text(number, number >= Whole ? "#,0" : "0.00"));

    /// <summary>Bits of a weight.</summary>
    public WrittenNumber Bits(double bits) => Finite(bits, "{0}", number => Text(number, "0.00"));

    /// <summary>A rate.</summary>
    public WrittenNumber Rate(double rate) => Finite(rate, "{0}", PageNumbers.Rate);

    /// <summary>A time.</summary>
    public WrittenNumber Seconds(double seconds) => seconds switch
    {
        >= 0 and < 0.1 => new(Text(seconds * 1000, "0.0"), words.Milliseconds),
        >= 0 and < 0.9995 => new(Text(seconds * 1000, "0"), words.Milliseconds),
        _ => Finite(seconds, words.Seconds, number => Text(number, number >= Whole ? "#,0" : "0.00")),
    };

    /// <summary>A time that somebody has stated.</summary>
    public WrittenNumber StatedSeconds(double seconds) => seconds is >= 0 and < 1
        ? new(Plain(seconds * 1000), words.Milliseconds)
        : Finite(seconds, words.Seconds, Plain);

    /// <summary>A number of any size: three or more digits that count, and no others.</summary>
    public WrittenNumber Amount(double amount) => Finite(amount, "{0}", Plain);

    /// <summary>A number that somebody has stated, with all its digits.</summary>
    public WrittenNumber Stated(double amount) => Math.Abs(amount) is >= Whole and < 1e9 ? new(Text(amount, "#,0.####")) : Amount(amount);

    /// <summary>A number of things, shortened where it is large.</summary>
    public WrittenNumber Many(double number) => Finite(number, "{0}", known => words.Scale.Write(known, digits: 2));

    /// <summary>An amount of money: a sign stands before it, a name after it.</summary>
    public WrittenNumber Money(double amount, string currency)
    {
        string name = Currency(currency);
        bool isSign = name.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.CurrencySymbol);
        // What is no more than rounding has no sign.
        string number = Amount(Math.Abs(amount)).Number, sign = amount < 0 && number != "0" ? words.Minus : "";
        return isSign ? new(number, $"{sign}{name}{{0}}") : new(sign + number, $"{{0}}{UnbrokenBlank}{name}");
    }

    /// <summary>What a currency is called.</summary>
    public string Currency(string code) => words.Currencies.GetValueOrDefault(code, code);

    /// <summary>From one figure to another; the unit that both have stands once.</summary>
    public string Range(WrittenNumber low, WrittenNumber high) => low.Form == high.Form
        ? Put(low.Form, Put(words.Range, low.Number, high.Number))
        : Put(words.Range, low, high);

    /// <summary>Between what a figure lies; null where that is not known.</summary>
    public string? Range(Estimate estimate, Func<double, WrittenNumber> text) => estimate is { Low: double low, High: double high }
        ? Range(text(low), text(high))
        : null;

    /// <summary>A figure, and its interval behind it.</summary>
    public string Interval(Estimate estimate, Func<double, WrittenNumber> text) => Range(estimate, text) is string range
        ? Put(words.Interval, text(estimate.Value), range)
        : text(estimate.Value);

    /// <summary>A figure, and its interval below it.</summary>
    public string Below(Estimate estimate, Func<double, WrittenNumber> text) => estimate is { Low: double low, High: double high } && low < high
        ? Put(words.Below, text(estimate.Value), Range(text(low), text(high)))
        : text(estimate.Value);

    /// <summary>A figure, and between what it lies below it.</summary>
    public string Below(Spread spread, Func<double, WrittenNumber> text) => spread.IsExact
        ? text(spread.Value)
        : Put(words.Below, text(spread.Value), Range(text(spread.Low), text(spread.High)));

    /// <summary>The same of one that may not be known.</summary>
    public string Below(Spread? spread, Func<double, WrittenNumber> text) => spread is Spread known ? Below(known, text) : PageNumbers.None;

    /// <summary>A time of the day, in the zone of the language.</summary>
    public string Time(DateTimeOffset time) => time.ToOffset(words.TimeZone).ToString(words.TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A number of weights, as models are named by it.</summary>
    public static string Parameters(long weights) => weights switch
    {
        < 1_000_000 => Text(weights / 1e3, "0.#") + "K",
        < 1_000_000_000 => Text(weights / 1e6, "0.#") + "M",
        _ => Text(weights / 1e9, "0.#") + "B",
    };

    private string Percentage(double share) => Signed(Text(share * 100, Math.Abs(share) >= Whole / 100 ? "#,0" : "0.##"));

    private string Plain(double amount) => Signed(Math.Abs(amount) switch
    {
        0 => "0",
        >= 1e15 => Text(amount, "0.###e+0"),
        >= Whole => Text(amount, "#,0"),
        >= 1 => Text(amount, "0.##"),
        >= 1e-4 => Text(amount, "0.######"),
        _ => Text(amount, "0.###e+0"),
    });

    private string Signed(string number) => number == "-0" ? "0" : number.StartsWith('-') ? words.Minus + number[1..] : number;

    private WrittenNumber Finite(double value, string form, Func<double, string> text) => value switch
    {
        double.NaN => new(PageNumbers.None),
        double.PositiveInfinity => new("\u221e"),
        double.NegativeInfinity => new(words.Minus + "\u221e"),
        _ => new(text(value), form),
    };

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
