using System.Globalization;

namespace DecoupleQ.Quantization.Settings;

/// <summary>Settings that are sizes in memory.</summary>
internal static class MemorySizes
{
    /// <summary>Above 0; written in bytes.</summary>
    public static SettingType<long> Type { get; } = new(
        MemorySize.Expected,
        "SIZE",
        text => MemorySize.TryParse(text, out long bytes) && bytes > 0 ? new Read<long>(bytes) : null,
        bytes => bytes.ToString(CultureInfo.InvariantCulture),
        bytes => bytes > 0);
}
