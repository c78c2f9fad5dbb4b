using System.Globalization;

namespace DecoupleQ.Quantization.Settings;

/// <summary>A size in memory: a number of bytes, or one with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024).</summary>
internal static class MemorySize
{
    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("", 1),
    ];

    /// <summary>Above 0; written in bytes.</summary>
    public static SettingType<long> Type { get; } = new(
        "a size such as 200MB or 1.5GiB",
        "SIZE",
        Parse,
        bytes => bytes.ToString(CultureInfo.InvariantCulture),
        bytes => bytes > 0);

    private static Read<long>? Parse(string text)
    {
        (string suffix, double bytes) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        string number = text[..^suffix.Length].Trim();
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value > 0
            && value * bytes < long.MaxValue
            ? new Read<long>((long)(value * bytes))
            : null;
    }
}
