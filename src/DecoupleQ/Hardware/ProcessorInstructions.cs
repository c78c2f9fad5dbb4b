using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Hardware;

/// <summary>What the processor itself says that it has: more than the process uses where that was compiled, or told, to use less.</summary>
internal static class ProcessorInstructions
{
    // Bits of CPUID's answers, as Intel's and AMD's manuals number them: leaf 1 ECX, leaf 7 EBX.
    private const int Leaf1Fma = 1 << 12, Leaf1OperatingSystemSaves = 1 << 27;
    private const int Leaf7Avx2 = 1 << 5, Leaf7Avx512F = 1 << 16, Leaf7Avx512Dq = 1 << 17, Leaf7Avx512Cd = 1 << 28, Leaf7Avx512Bw = 1 << 30;
    private const int Leaf7Avx512Vl = unchecked((int)(1u << 31));
    private const int Leaf7Avx512 = Leaf7Avx512F | Leaf7Avx512Dq | Leaf7Avx512Cd | Leaf7Avx512Bw | Leaf7Avx512Vl;

    /// <summary>The widest family of kernels that the processor has the instructions for; that of the process where it does not say.</summary>
    public static InstructionSet Best { get; } = Widest();

    /// <summary>The family of kernels in use, by the name of its instructions.</summary>
    public static string InUse => Name(InstructionSets.Best);

    /// <summary>What to say of a program that was compiled ahead of time for less than the processor has; null for others.</summary>
    public static string? BuildWarning =>
        RuntimeFeature.IsDynamicCodeSupported ? null : Warning("it was compiled ahead of time without them: set IlcInstructionSet");

    /// <summary>What to say of a process that uses less than the processor has; null if it does not.</summary>
    public static string? UseWarning => BuildWarning ?? Warning("a DOTNET_Enable... variable switches them off");

    /// <summary>The warning that the kernels in use lack what a processor has.</summary>
    /// <param name="used">The family in use.</param>
    /// <param name="best">The family that the processor has.</param>
    /// <param name="why">Why they do.</param>
    /// <returns>The warning, or null if nothing is lacking.</returns>
    public static string? Warning(InstructionSet used, InstructionSet best, string why) => used >= best
        ? null
        : $"The kernels run with {Name(used)}, and the processor has {Name(best)}. This program is slower than it could be: {why}.";

    private static string? Warning(string why) => Warning(InstructionSets.Best, Best, why);

    private static InstructionSet Widest()
    {
        InstructionSet used = InstructionSets.Best;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return used;
        }
        int one = X86Base.CpuId(1, 0).Ecx, seven = X86Base.CpuId(7, 0).Ebx;
        bool avx2 = (one & Leaf1Fma) != 0 && (one & Leaf1OperatingSystemSaves) != 0 && (seven & Leaf7Avx2) != 0;
        InstructionSet has = avx2 && (seven & Leaf7Avx512) == Leaf7Avx512 ? InstructionSet.Avx512 : avx2 ? InstructionSet.Avx2 : used;
        return has > used ? has : used;
    }

    private static string Name(InstructionSet family) => family switch
    {
        InstructionSet.Avx512 => "AVX-512",
        InstructionSet.Avx2 => "AVX2 and FMA",
        InstructionSet.Vector128 => "128-bit vectors",
        _ => "no vectors",
    };
}
