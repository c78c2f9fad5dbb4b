using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>6 bits: lower four in the halves of 64 bytes for every four strips, then upper two in the four places of 32 bytes, then 16 signed scales, then d.</summary>
internal readonly unsafe struct Q6K : ISuperBlock
{
    private const int High = 32, Scale = 48, Half = 52;

    public static int GroupSize => 16;

    public static int QuadsPerRun => 2;

    public static int Offset => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TStrip, TLanes, TIntegers, TVector>(uint* block, int quad)
        where TStrip : IStrip
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        const int Fifth = 4;
        int half = TStrip.Index / 4, strip = TStrip.Index % 4, place = 2 * strip;
        TVector low = TLanes.ShiftRight(TLanes.LoadBits(block + (((half * 16) + (strip % 2 * 8) + quad) * SuperBlockLayout.SlabRows)), strip / 2 * 4);
        TVector high = TLanes.LoadBits(block + ((High + (half * 8) + quad) * SuperBlockLayout.SlabRows));
        high = place < Fifth ? TLanes.ShiftLeft(high, Fifth - place) : TLanes.ShiftRight(high, place - Fifth);
        return TIntegers.Merge(low, 0x0F0F0F0F, high, 0x30303030);
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
