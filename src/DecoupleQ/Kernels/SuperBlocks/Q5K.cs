using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>5 bits: d and dmin, 8 scales and minima of 6 bits, then the fifth bit of strip s in place s of 32 bytes, then the lower four as in <see cref="Q4K"/>.</summary>
internal readonly unsafe struct Q5K : ISuperBlock
{
    private const int Scale = 1, High = 4, Low = 12;

    public static int GroupSize => 32;

    public static int QuadsPerRun => 4;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TStrip, TLanes, TIntegers, TVector>(uint* block, int quad)
        where TStrip : IStrip
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        const int Fifth = 4;
        TVector low = TLanes.ShiftRight(TLanes.LoadBits(block + ((Low + (TStrip.Index / 2 * 8) + quad) * SuperBlockLayout.SlabRows)), TStrip.Index % 2 * 4);
        TVector high = TLanes.LoadBits(block + ((High + quad) * SuperBlockLayout.SlabRows));
        high = TStrip.Index < Fifth ? TLanes.ShiftLeft(high, Fifth - TStrip.Index) : TLanes.ShiftRight(high, TStrip.Index - Fifth);
        return TIntegers.Merge(low, 0x0F0F0F0F, high, 0x10101010);
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
