using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace DecoupleQ.Quantization.Settings;

/// <summary>What values a setting takes, and how they are written.</summary>
/// <param name="Expected">The values, in words.</param>
/// <param name="Placeholder">What stands for a value where the setting's use is shown.</param>
/// <param name="Read">The value that a text stands for, whether or not it is allowed; null for none.</param>
/// <param name="Text">Writes a value so that it is read back exactly.</param>
/// <param name="IsAllowed">The values.</param>
internal sealed record SettingType<T>(string Expected, string Placeholder, Func<string, Read<T>?> Read, Func<T, string> Text, Func<T, bool> IsAllowed)
{
    /// <summary>The allowed value that <paramref name="text"/> stands for.</summary>
    public bool TryParse(string text, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (Read(text) is not { } read || !IsAllowed(read.Value))
        {
            return false;
        }
        value = read.Value;
        return true;
    }
}

/// <summary>A value that was read; it may be null.</summary>
internal readonly record struct Read<T>(T Value);

/// <summary>The types of settings.</summary>
internal static class SettingType
{
    /// <summary>true or false.</summary>
    public static SettingType<bool> Switch { get; } = new(
        "true or false",
        "true|false",
        text => text switch { "true" => new(true), "false" => new(false), _ => null },
        value => value ? "true" : "false",
        _ => true);

    /// <summary>Any whole number that a seed may be.</summary>
    public static SettingType<ulong> Seed { get; } = new(OptionRange.Seed.Expected, "N", Number<ulong>, Text, OptionRange.Seed.Contains);

    /// <summary>One of a few numbers.</summary>
    public static SettingType<int> OneOf(params ReadOnlySpan<int> allowed)
    {
        OptionRange<int> range = OptionRange.OneOf(allowed);
        return new(range.Expected, string.Join('|', allowed.ToArray()), Number<int>, Text, range.Contains);
    }

    /// <summary>A whole number in a range.</summary>
    public static SettingType<int> Whole(int least, int most = int.MaxValue) => Whole(OptionRange.Whole(least, most));

    /// <summary>A whole number in a range.</summary>
    public static SettingType<int> Whole(OptionRange<int> range) => new(range.Expected, "N", Number<int>, Text, range.Contains);

    /// <summary>A finite number in a range.</summary>
    public static SettingType<double> Real(OptionRange<double> range) => new(range.Expected, "X", Number<double>, Text, range.Contains);

    /// <summary>One of a few names.</summary>
    public static SettingType<T> Choice<T>(string placeholder, params (T Value, string Name)[] choices)
        where T : struct, Enum => new(
            Listed([.. choices.Select(choice => choice.Name)]),
            placeholder,
            text => choices.Where(choice => choice.Name == text).Select(choice => (Read<T>?)new Read<T>(choice.Value)).FirstOrDefault(),
            value => choices.Where(choice => choice.Value.Equals(value)).Select(choice => choice.Name).FirstOrDefault() ?? value.ToString(),
            value => choices.Any(choice => choice.Value.Equals(value)));

    /// <summary>A value of <paramref name="type"/>, or a word for none.</summary>
    public static SettingType<T?> Optional<T>(SettingType<T> type, string none)
        where T : struct => new(
            $"{type.Expected}, or {none}",
            $"{type.Placeholder}|{none}",
            text => text == none ? new Read<T?>(null) : type.Read(text) is { } read ? new Read<T?>(read.Value) : null,
            value => value is T some ? type.Text(some) : none,
            value => value is not T some || type.IsAllowed(some));

    /// <summary>A value of <paramref name="type"/>, or a word for one value beyond its range.</summary>
    public static SettingType<T> Special<T>(SettingType<T> type, T special, string word)
        where T : struct => new(
            $"{type.Expected}, or {word}",
            $"{type.Placeholder}|{word}",
            text => text == word ? new Read<T>(special) : type.Read(text) is { } read && type.IsAllowed(read.Value) ? read : null,
            value => value.Equals(special) ? word : type.Text(value),
            value => value.Equals(special) || type.IsAllowed(value));

    /// <summary>A finite number, written as in code: a decimal point, no separators.</summary>
    public static Read<T>? Number<T>(string text)
        where T : struct, INumber<T> =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value) ? new Read<T>(value) : null;

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    // With a point before an exponent: without it readers of YAML 1.1 take 1e-05 for text.
    private static string Text(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 ? text : $"{text[..exponent]}{(text.Contains('.', StringComparison.Ordinal) ? "" : ".0")}e{text[(exponent + 1)..]}";
    }

    private static string Listed(string[] names) => names.Length == 1 ? names[0] : string.Join(", ", names[..^1]) + " or " + names[^1];
}
