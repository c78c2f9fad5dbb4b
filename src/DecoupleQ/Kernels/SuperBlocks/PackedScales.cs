using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>The 8 scales and 8 minima of 6 bits of <see cref="Q4K"/> and <see cref="Q5K"/>, in three words.</summary>
/// <remarks>
/// Words 0 and 1 have scales and minima 0..3 in the lower six bits of their bytes; word 2 the lower four bits of 4..7, scales low and minima high, whose
/// upper two bits are the upper two of words 0 and 1.
/// </remarks>
internal static unsafe class PackedScales
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<TLanes, TIntegers, TVector>(uint* words, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector first = TLanes.LoadBits(words), second = TLanes.LoadBits(words + SuperBlockLayout.SlabRows);
        TVector last = TLanes.LoadBits(words + (2 * SuperBlockLayout.SlabRows));
        TVector six = TLanes.BroadcastBits(0x3F3F3F3F);
        scales[0] = TLanes.And(first, six);
        minima[0] = TLanes.And(second, six);
        scales[1] = Join(last, first);
        minima[1] = Join(TLanes.ShiftRight(last, 4), second);

        static TVector Join(TVector low, TVector high) =>
            TIntegers.Merge(low, 0x0F0F0F0F, TLanes.ShiftRight(high, 2), 0x30303030);
    }
}
