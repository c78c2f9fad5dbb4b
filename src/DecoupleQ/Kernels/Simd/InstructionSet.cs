using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Simd;

/// <summary>The families of kernels, from the plainest to the widest.</summary>
internal enum InstructionSet
{
    /// <summary>No vectors.</summary>
    Scalar,

    /// <summary>Portable 128-bit vectors: Arm, and x64 without AVX2.</summary>
    Vector128,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors (AVX-512 F, BW, CD, DQ, VL).</summary>
    Avx512,
}

/// <summary>Which families this machine runs: the one place where that is decided.</summary>
internal static class InstructionSets
{
    /// <summary>The widest family, the one that kernels use.</summary>
    public static InstructionSet Best { get; } =
        Runs(InstructionSet.Avx512) ? InstructionSet.Avx512
        : Runs(InstructionSet.Avx2) ? InstructionSet.Avx2
        : Runs(InstructionSet.Vector128) ? InstructionSet.Vector128
        : InstructionSet.Scalar;

    /// <summary>Whether this machine runs the kernels of <paramref name="set"/>.</summary>
    public static bool Runs(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported,
        InstructionSet.Avx2 => Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported,
        InstructionSet.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };
}
