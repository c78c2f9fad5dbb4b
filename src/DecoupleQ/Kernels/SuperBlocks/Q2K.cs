using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>2 bits: scales and minima in the halves of 16 bytes, then codes, four strips in the four places of a byte, then d and dmin.</summary>
internal readonly unsafe struct Q2K : ISuperBlock
{
    private const int Low = 4, Half = 20;

    public static int GroupSize => 16;

    public static int QuadsPerRun => 4;

    public static int Offset => 0;

    public static int Bits => 2;

    public static int OddShift => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector words = TLanes.LoadBits(block + ((Low + (TPair.Index / 2 * 8) + quad) * SuperBlockLayout.SlabRows));
        if (TPair.Index % 2 == 1)
        {
            words = TLanes.ShiftRight(words, 4);
        }
        // A mask alone does for the odd strip.
        even = TLanes.And(words, TLanes.BroadcastBits(0x03030303));
        odd = TLanes.And(words, TLanes.BroadcastBits(0x0C0C0C0C));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector mask = TLanes.BroadcastBits(0x0F0F0F0F);
        for (int w = 0; w < 4; w++)
        {
            TVector word = TLanes.LoadBits(block + (w * SuperBlockLayout.SlabRows));
            scales[w] = TLanes.And(word, mask);
            minima[w] = TLanes.And(TLanes.ShiftRight(word, 4), mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Halves<TLanes, TVector>(uint* chunk, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => PackedHalves.Pair<TLanes, TVector>(chunk, Half, row, out scale, out minimum);
}
