using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>4 bits: d and dmin, 8 scales and minima of 6 bits, then codes, two strips in the halves of 32 bytes.</summary>
internal readonly unsafe struct Q4K : ISuperBlock
{
    private const int Scale = 1, Low = 4;

    public static int GroupSize => 32;

    public static int QuadsPerRun => 8;

    public static int Offset => 0;

    public static int Bits => 4;

    public static int OddShift => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector words = TLanes.LoadBits(block + ((Low + (TPair.Index * 8) + quad) * SuperBlockLayout.SlabRows)), mask = TLanes.BroadcastBits(0x0F0F0F0F);
        even = TLanes.And(words, mask);
        odd = TLanes.And(TLanes.ShiftRight(words, 4), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged =>
        PackedScales.Load<TLanes, TIntegers, TVector>(block + (Scale * SuperBlockLayout.SlabRows), scales, minima);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Halves<TLanes, TVector>(uint* chunk, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => PackedHalves.Pair<TLanes, TVector>(chunk, 0, row, out scale, out minimum);
}
