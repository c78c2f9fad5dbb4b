using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using DecoupleQ.Hardware.Limits;

namespace DecoupleQ.Hardware;

/// <summary>What the processor is called.</summary>
internal static class ProcessorName
{
    // CPUID's leaves of the brand string, as Intel's and AMD's manuals number them: 48 characters, 16 a leaf.
    private const int BrandLeaf = unchecked((int)0x80000002), BrandLeaves = 3, HighestLeaf = unchecked((int)0x80000000);

    /// <summary>Its maker's name for it where it says one; else the system's, or its architecture.</summary>
    public static string Value { get; } = Tidy(Brand()) ?? Tidy(SystemName()) ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string? Brand()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(HighestLeaf, 0).Eax < unchecked((uint)(BrandLeaf + BrandLeaves - 1)))
        {
            return null;
        }
        var bytes = new byte[BrandLeaves * 4 * sizeof(int)];
        Span<int> words = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
        for (int leaf = 0; leaf < BrandLeaves; leaf++)
        {
            (words[leaf * 4], words[(leaf * 4) + 1], words[(leaf * 4) + 2], words[(leaf * 4) + 3]) = X86Base.CpuId(BrandLeaf + leaf, 0);
        }
        return Encoding.ASCII.GetString(bytes);
    }

    // As in "Model name : Neoverse-N1"; Arm's processors have no other way to say it.
    private static string? SystemName() => OperatingSystem.IsLinux()
        ? ControlGroup.Lines("/proc/cpuinfo").Where(line => line.StartsWith("model name", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]).FirstOrDefault()
        : null;

    private static string? Tidy(string? name)
    {
        string[] words = (name ?? "").Split([' ', '\t', '\0'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? null : string.Join(' ', words);
    }
}
