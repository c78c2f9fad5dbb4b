using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>3 bits: codes rearranged by <see cref="ThreeBitWords"/>, then 16 scales of 6 bits, 32 above their value, then d.</summary>
internal readonly unsafe struct Q3K : ISuperBlock
{
    private const int Scale = 24, Half = 27;

    public static int GroupSize => 16;

    public static int QuadsPerRun => 4;

    public static int Offset => 4;

    public static int Bits => 3;

    public static int OddShift => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector mask = TLanes.BroadcastBits(0x07070707);
        if (TPair.Index < 3)
        {
            TVector words = TLanes.LoadBits(block + ((ThreeBitWords.At(TPair.Index) + quad) * SuperBlockLayout.SlabRows));
            even = TLanes.And(words, mask);
            odd = TLanes.And(TLanes.ShiftRight(words, 3), mask);
        }
        else
        {
            TVector first = TLanes.LoadBits(block + ((ThreeBitWords.At(0) + quad) * SuperBlockLayout.SlabRows));
            TVector second = TLanes.LoadBits(block + ((ThreeBitWords.At(1) + quad) * SuperBlockLayout.SlabRows));
            TVector third = TLanes.LoadBits(block + ((ThreeBitWords.At(2) + quad) * SuperBlockLayout.SlabRows));
            even = TIntegers.Merge(TLanes.ShiftRight(first, 6), 0x03030303, TLanes.ShiftRight(third, 4), 0x04040404);
            odd = TIntegers.Merge(TLanes.ShiftRight(second, 6), 0x03030303, TLanes.ShiftRight(third, 5), 0x04040404);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector first = TLanes.LoadBits(block + (Scale * SuperBlockLayout.SlabRows));
        TVector second = TLanes.LoadBits(block + ((Scale + 1) * SuperBlockLayout.SlabRows));
        TVector upper = TLanes.LoadBits(block + ((Scale + 2) * SuperBlockLayout.SlabRows));
        scales[0] = minima[0] = Join(first, TLanes.ShiftLeft(upper, 4));
        scales[1] = minima[1] = Join(second, TLanes.ShiftLeft(upper, 2));
        scales[2] = minima[2] = Join(TLanes.ShiftRight(first, 4), upper);
        scales[3] = minima[3] = Join(TLanes.ShiftRight(second, 4), TLanes.ShiftRight(upper, 2));

        static TVector Join(TVector low, TVector high)
        {
            TVector stored = TIntegers.Merge(low, 0x0F0F0F0F, high, 0x30303030);
            return TIntegers.SubtractBytes(stored, TLanes.BroadcastBits(0x20202020));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Halves<TLanes, TVector>(uint* chunk, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => PackedHalves.Single<TLanes, TVector>(chunk, Half, row, out scale, out minimum);
}
