using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Hardware;

/// <summary>Vector instructions, and what becomes of them here.</summary>
/// <param name="Name">As processors' makers write it.</param>
/// <param name="Supported">Whether the processor has them and .NET lets them be used.</param>
/// <param name="Used">Whether the kernels use them on this machine.</param>
public sealed record InstructionSetSupport(string Name, bool Supported, bool Used)
{
    /// <summary>Those that matter to the process's architecture.</summary>
    internal static IReadOnlyList<InstructionSetSupport> All()
    {
        InstructionSet best = InstructionSets.Best;
        bool wide = best == InstructionSet.Avx512, avx2 = wide || best == InstructionSet.Avx2;
        return RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
            ?
            [
                new("AdvSimd", AdvSimd.IsSupported, best == InstructionSet.Vector128 && AdvSimd.IsSupported),
                new("Dp", Dp.IsSupported, false),
            ]
            :
            [
                new("AVX2", Avx2.IsSupported, avx2),
                new("FMA", Fma.IsSupported, avx2),
                new("AVX-512F", Avx512F.IsSupported, wide),
                new("AVX-512BW", Avx512BW.IsSupported, wide),
                new("AVX-VNNI", AvxVnni.IsSupported, false),
            ];
    }
}
