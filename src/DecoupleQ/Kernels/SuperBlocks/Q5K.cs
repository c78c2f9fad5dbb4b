using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// 5 bits: d and dmin, 8 scales and minima of 6 bits, then the fifth bit of strip s in place s of 32 bytes, then the lower four as in <see cref="Q4K"/>.
/// </summary>
internal readonly unsafe struct Q5K : ISuperBlock
{
    private const int Scale = 1, High = 4, Low = 12;

    public static int GroupSize => 32;

    public static int QuadsPerRun => 4;

    public static int Offset => 0;

    public static int Bits => 5;

    public static int OddShift => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector low = TLanes.LoadBits(block + ((Low + (TPair.Index * 8) + quad) * SuperBlockLayout.SlabRows));
        TVector high = TLanes.LoadBits(block + ((High + quad) * SuperBlockLayout.SlabRows));
        even = TIntegers.Merge(low, 0x0F0F0F0F, Fifth(high, 2 * TPair.Index), 0x10101010);
        odd = TIntegers.Merge(TLanes.ShiftRight(low, 4), 0x0F0F0F0F, Fifth(high, (2 * TPair.Index) + 1), 0x10101010);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static TVector Fifth(TVector high, int strip) => strip < 4 ? TLanes.ShiftLeft(high, 4 - strip) : TLanes.ShiftRight(high, strip - 4);
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
