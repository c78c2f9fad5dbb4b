using System.Runtime.CompilerServices;

namespace DecoupleQ.Kernels.Simd;

/// <summary>Float32 as it is.</summary>
internal readonly unsafe struct SingleFormat : IStoredFormat<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(float* source)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.Load(source);
}

/// <summary>BF16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Format : IStoredFormat<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(ushort* source)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.ShiftLeft(TLanes.LoadHalfWords(source), 16);
}

/// <summary>
/// F16, finite values: exponent and fraction moved to their float32 places, the bias of the exponent corrected by a multiplication with 2^112, which is exact
/// for subnormal values too.
/// </summary>
/// <remarks>.NET has no conversion instruction for F16. Infinities and NaN become numbers from 2^16 on: they are refused when a checkpoint is read.</remarks>
internal readonly unsafe struct Float16Format : IStoredFormat<ushort>
{
    private const float TwoToThe112 = 5.192296858534828e33f;

    // Sign, exponent and fraction in their float32 places.
    private const uint Kept = 0x8FFFE000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(ushort* source)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        // The sign's copies reach down to where FromUpperHalf's arithmetic shift would leave them.
        TVector bits = TLanes.And(TLanes.ShiftLeft(TLanes.LoadSignedHalfWords((short*)source), 13), TLanes.BroadcastBits(Kept));
        return TLanes.Multiply(bits, TLanes.Broadcast(TwoToThe112));
    }

    /// <summary>Decodes the upper half of each lane, whatever the lower one holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FromUpperHalf<TLanes, TVector>(TVector words)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        // Shifted arithmetically by 3: exponent at bits 27..23, fraction at 22..13, and copies of the sign between it and them, which the mask removes.
        TVector bits = TLanes.And(TLanes.ShiftRightArithmetic(words, 3), TLanes.BroadcastBits(Kept));
        return TLanes.Multiply(bits, TLanes.Broadcast(TwoToThe112));
    }
}
