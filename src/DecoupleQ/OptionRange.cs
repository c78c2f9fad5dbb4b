using System.Globalization;

namespace DecoupleQ;

/// <summary>The values that an option takes: for the code that checks one and for the text that explains it.</summary>
/// <typeparam name="T">The option's type.</typeparam>
/// <param name="Expected">The values, in words that go on from "expected: ".</param>
/// <param name="Contains">Whether a value is among them.</param>
public sealed record OptionRange<T>(string Expected, Func<T, bool> Contains)
{
    /// <summary>A value that must be in the range.</summary>
    /// <param name="value">The value.</param>
    /// <param name="option">The option's name, as a user knows it.</param>
    /// <returns>The value.</returns>
    /// <exception cref="DecoupleQException">It is not in the range; names the option and the range.</exception>
    public T Require(T value, string option) => Contains(value)
        ? value
        : throw new DecoupleQException(string.Create(CultureInfo.InvariantCulture, $"The value is {value}."), field: option, expected: Expected);
}

/// <summary>Kinds of ranges, and those that several parts share.</summary>
public static class OptionRange
{
    /// <summary>Threads; 0, the default, stands for one a physical core.</summary>
    public static OptionRange<int> Threads { get; } = Whole(0, 1024);

    /// <summary>Ids in a window; one alone predicts nothing.</summary>
    public static OptionRange<int> Context { get; } = Whole(2);

    /// <summary>Seeds: any 64 bits.</summary>
    public static OptionRange<ulong> Seed { get; } = new(string.Create(CultureInfo.InvariantCulture, $"a whole number from 0 to {ulong.MaxValue}"), _ => true);

    /// <summary>0 and the finite numbers above it.</summary>
    public static OptionRange<double> NotNegative { get; } = Real("a number, at least 0", value => value >= 0);

    /// <summary>The finite numbers above 0.</summary>
    public static OptionRange<double> Positive { get; } = Real("a number above 0", value => value > 0);

    /// <summary>A share of something: 0 to 1.</summary>
    public static OptionRange<double> Share { get; } = Real("a number from 0 to 1", value => value is >= 0 and <= 1);

    /// <summary>The whole numbers from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public static OptionRange<int> Whole(int least, int most = int.MaxValue) => new(
        most == int.MaxValue ? $"a whole number, at least {Text(least)}" : $"a whole number from {Text(least)} to {Text(most)}",
        value => value >= least && value <= most);

    /// <summary>The finite numbers for which <paramref name="contains"/> holds.</summary>
    /// <param name="expected">Which those are, in words.</param>
    /// <param name="contains">Whether a finite number is one of them.</param>
    public static OptionRange<double> Real(string expected, Func<double, bool> contains) => new(expected, value => double.IsFinite(value) && contains(value));

    /// <summary>The values of a type that it has names for.</summary>
    public static OptionRange<T> Named<T>()
        where T : struct, Enum => new(string.Join(", ", Enum.GetNames<T>()), Enum.IsDefined);

    /// <summary>A few numbers.</summary>
    public static OptionRange<int> OneOf(params ReadOnlySpan<int> allowed)
    {
        int[] values = [.. allowed];
        string[] texts = [.. values.Select(Text)];
        return new(texts.Length == 1 ? texts[0] : $"{string.Join(", ", texts[..^1])} or {texts[^1]}", values.Contains);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
