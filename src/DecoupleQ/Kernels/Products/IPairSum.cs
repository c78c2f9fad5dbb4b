using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Products;

/// <summary>How a tile of pairs adds to its integer sums. Both ways are exact, so which one is taken changes no bit.</summary>
internal interface IPairSum
{
    static abstract TVector MultiplyAdd<TLanes, TVector>(TVector left, TVector right, TVector sum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged;
}

/// <summary>By additions of integers.</summary>
internal readonly struct IntegerSum : IPairSum
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MultiplyAdd<TLanes, TVector>(TVector left, TVector right, TVector sum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.MultiplyAddPairs(left, right, sum);
}

/// <summary>
/// By float32 additions of the integers' bits: as a float32 number the bits of an integer n from 0 to 2^24 are n * 2^-149, so no sum is rounded.
/// </summary>
/// <remarks>
/// AMD's Zen multiplies integers in units that are also given every other addition of integers, and adds float32 numbers elsewhere, subnormal ones at full
/// speed: on a Zen 4 a multiplication and an addition take 1.1 cycles together instead of 1.45. Other makers' machines are left with integers, which
/// they add just as fast; subnormal numbers may cost some of them a hundred cycles.
/// </remarks>
internal readonly struct SubnormalSum : IPairSum
{
    /// <summary>What a sum must stay below.</summary>
    public const int Limit = 1 << 24;

    /// <summary>Whether this machine is one that gains.</summary>
    /// <remarks>The numbers are the letters of AuthenticAMD.</remarks>
    public static bool Gains { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0) is { Ebx: 0x68747541, Edx: 0x69746E65, Ecx: 0x444D4163 };

    /// <summary>Whether this thread keeps subnormal numbers: a native library of the host's may have told it to take them for zero.</summary>
    public static bool IsExact => Sum(float.Epsilon, float.Epsilon) != 0;

    // Not inlined, or the compiler would add.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Sum(float left, float right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MultiplyAdd<TLanes, TVector>(TVector left, TVector right, TVector sum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.Add(sum, TLanes.MultiplyPairs(left, right));
}
