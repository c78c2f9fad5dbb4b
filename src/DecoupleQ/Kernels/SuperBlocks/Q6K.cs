using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// 6 bits: lower four in the halves of 64 bytes for every four strips, then upper two in the four places of 32 bytes, then 16 signed scales, then d.
/// </summary>
internal readonly unsafe struct Q6K : ISuperBlock
{
    private const int High = 32, Scale = 48, Half = 52;

    public static int GroupSize => 16;

    public static int QuadsPerRun => 2;

    public static int Offset => 32;

    public static int Bits => 6;

    public static int OddShift => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        const int Half = 16, Strip = 8;
        uint* words = block + (((TPair.Index / 2 * Half) + quad) * SuperBlockLayout.SlabRows);
        TVector low = TLanes.LoadBits(words), nextLow = TLanes.LoadBits(words + (Strip * SuperBlockLayout.SlabRows));
        TVector high = TLanes.LoadBits(block + ((High + (TPair.Index / 2 * Strip) + quad) * SuperBlockLayout.SlabRows));
        if (TPair.Index % 2 == 0)
        {
            even = TIntegers.Merge(low, 0x0F0F0F0F, TLanes.ShiftLeft(high, 4), 0x30303030);
            odd = TIntegers.Merge(nextLow, 0x0F0F0F0F, TLanes.ShiftLeft(high, 2), 0x30303030);
        }
        else
        {
            even = TIntegers.Merge(TLanes.ShiftRight(low, 4), 0x0F0F0F0F, high, 0x30303030);
            odd = TIntegers.Merge(TLanes.ShiftRight(nextLow, 4), 0x0F0F0F0F, TLanes.ShiftRight(high, 2), 0x30303030);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        for (int w = 0; w < 4; w++)
        {
            scales[w] = minima[w] = TLanes.LoadBits(block + ((Scale + w) * SuperBlockLayout.SlabRows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Halves<TLanes, TVector>(uint* chunk, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => PackedHalves.Single<TLanes, TVector>(chunk, Half, row, out scale, out minimum);
}
