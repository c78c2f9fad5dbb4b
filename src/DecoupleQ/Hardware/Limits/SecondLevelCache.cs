using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Hardware.Limits;

/// <summary>The cache that a core, or a few of them, have before the one that all share.</summary>
internal static class SecondLevelCache
{
    private const int Usual = 1 << 20;
    private const int Least = 256 << 10;
    private const int Largest = 64 << 20;

    /// <summary>Its bytes; a megabyte where neither Linux nor the processor tells.</summary>
    public static int Bytes { get; } = Math.Clamp(FromLinux() ?? FromProcessor() ?? Usual, Least, Largest);

    /// <summary>What Linux says of the first processor; null if nothing.</summary>
    /// <param name="caches">The folder of its caches.</param>
    public static int? FromLinux(string caches = "/sys/devices/system/cpu/cpu0/cache")
    {
        for (int i = 0; i < 8; i++)
        {
            string folder = $"{caches}/index{i.ToString(CultureInfo.InvariantCulture)}";
            // As in "1024K".
            if (ControlGroup.Lines(folder + "/level") is ["2", ..] && ControlGroup.Lines(folder + "/size") is [string size, ..]
                && int.TryParse(size.AsSpan().TrimEnd('K'), CultureInfo.InvariantCulture, out int kibibytes) && kibibytes is > 0 and <= Largest >> 10)
            {
                return kibibytes << 10;
            }
        }
        return null;
    }

    private static int? FromProcessor()
    {
        const int Caches = unchecked((int)0x80000006);
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < unchecked((uint)Caches))
        {
            return null;
        }
        int kibibytes = X86Base.CpuId(Caches, 0).Ecx >>> 16;
        return kibibytes > 0 ? kibibytes << 10 : null;
    }
}
