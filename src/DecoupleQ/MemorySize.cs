using System.Globalization;

namespace DecoupleQ;

/// <summary>A size in memory: a number of bytes, or one with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024).</summary>
public static class MemorySize
{
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("", 1),
    ];

    /// <summary>How one is written, in words that go on from "expected: ".</summary>
    public static string Expected => "a size such as 200MB or 1.5GiB";

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The bytes, at least 0.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        (string suffix, double unit) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        bool isSize = double.TryParse(text[..^suffix.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number >= 0 && number * unit < long.MaxValue;
        bytes = isSize ? (long)(number * unit) : 0;
        return isSize;
    }
}
