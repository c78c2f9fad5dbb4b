using System.Globalization;

namespace DecoupleQ.Pilot.Thresholds;

/// <summary>How a threshold is written: numbers with a unit, and without one where only one thing can be meant.</summary>
/// <remarks>
/// A limit is held as a decimal number, so that <c>5%</c> and <c>0.05</c> are the same one, and what is written out reads back.
/// </remarks>
internal sealed class ThresholdUnit
{
    private const decimal Hundredth = 0.01m, Thousandth = 0.001m, VeryMany = 1_000_000_000m;

    private static readonly NumberStyles Plain = NumberStyles.AllowDecimalPoint;

    private readonly Notation[] _notations;

    // The first notation is the one that limits are written in.
    private ThresholdUnit(string expected, params Notation[] notations) => (Expected, _notations) = (expected, notations);

    /// <summary>A share of a whole. A bare 1 may be meant for all or for a hundredth, and is neither.</summary>
    public static ThresholdUnit Share { get; } = new(
        "a percentage from 0% to 100%, or a fraction from 0 up to but not 1, such as 90% or 0.9",
        new Notation("%", Hundredth, number => number <= 100),
        new Notation("", 1, number => number < 1));

    /// <summary>How much more something is, as a share of what it was; it may be more than all of it, which only a percentage says for sure.</summary>
    public static ThresholdUnit Increase { get; } = new(
        "a percentage of at least 0%, or a fraction from 0 up to but not 1, such as 5% or 0.05",
        new Notation("%", Hundredth, number => number <= VeryMany),
        new Notation("", 1, number => number < 1));

    /// <summary>The difference of two shares. A percentage may be meant for points or for a share of the share, and is neither.</summary>
    public static ThresholdUnit Points { get; } = new(
        "percentage points from 0pp to 100pp, or a fraction from 0 up to but not 1, such as 1pp or 0.01 (1% may mean points or a share)",
        new Notation("pp", Hundredth, number => number <= 100),
        new Notation("", 1, number => number < 1));

    /// <summary>A divergence.</summary>
    public static ThresholdUnit Nats { get; } = new(
        "a number of nats, at least 0, such as 0.1",
        new Notation("", 1, number => number <= VeryMany),
        new Notation("nats", 1, number => number <= VeryMany));

    /// <summary>A time. A bare number may be meant for either unit, and is neither.</summary>
    public static ThresholdUnit Time { get; } = new(
        "milliseconds or seconds above 0, such as 50ms or 0.05s",
        new Notation("ms", Thousandth, number => number is > 0 and <= VeryMany),
        new Notation("s", 1, number => number is > 0 and <= VeryMany));

    /// <summary>A number of things.</summary>
    public static ThresholdUnit Count { get; } = new(
        "a whole number, at least 0", new Notation("", 1, number => number <= VeryMany && decimal.IsInteger(number)));

    /// <summary>What can be written, in words that go on from "expected: ".</summary>
    public string Expected { get; }

    /// <summary>Reads a limit: of a share or a time, in 1 or in seconds.</summary>
    /// <returns>Null if it is none, or if more than one thing may be meant.</returns>
    public decimal? Parse(string text)
    {
        text = text.Trim();
        // The longest suffix that fits: one may be the end of another.
        foreach (Notation notation in _notations.OrderByDescending(notation => notation.Suffix.Length))
        {
            if (text.EndsWith(notation.Suffix, StringComparison.OrdinalIgnoreCase))
            {
                string digits = text[..^notation.Suffix.Length].TrimEnd();
                return IsExact(digits, out decimal number) && notation.Takes(number) ? number * notation.Factor : null;
            }
        }
        return null;
    }

    /// <summary>Writes a limit as <see cref="Parse"/> reads it.</summary>
    public string Text(decimal limit)
    {
        Notation notation = _notations[0];
        return (limit / notation.Factor).ToString("0.############################", CultureInfo.InvariantCulture) + notation.Suffix;
    }

    // A number above 0 that is 0 in decimal would be another threshold.
    private static bool IsExact(string digits, out decimal number) =>
        decimal.TryParse(digits, Plain, CultureInfo.InvariantCulture, out number) && (number != 0 || !digits.AsSpan().ContainsAnyInRange('1', '9'));

    /// <param name="Suffix">What follows the number.</param>
    /// <param name="Factor">What the number is times.</param>
    /// <param name="Takes">Whether the number, which is at least 0, can be meant.</param>
    private sealed record Notation(string Suffix, decimal Factor, Func<decimal, bool> Takes);
}
