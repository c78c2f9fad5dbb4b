using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>3 bits: the third bit of strip s in place s of 32 bytes, then the lower two as in <see cref="Q2K"/>, then 16 scales of 6 bits, 32 above their value, then d.</summary>
internal readonly unsafe struct Q3K : ISuperBlock
{
    private const int Low = 8, Scale = 24, Half = 27;

    public static int GroupSize => 16;

    public static int QuadsPerRun => 4;

    public static int Offset => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TStrip, TLanes, TIntegers, TVector>(uint* block, int quad)
        where TStrip : IStrip
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        const int Third = 2;
        TVector low = TLanes.ShiftRight(TLanes.LoadBits(block + ((Low + (TStrip.Index / 4 * 8) + quad) * SuperBlockLayout.SlabRows)), TStrip.Index % 4 * 2);
        TVector high = TLanes.LoadBits(block + (quad * SuperBlockLayout.SlabRows));
        high = TStrip.Index < Third ? TLanes.ShiftLeft(high, Third - TStrip.Index) : TLanes.ShiftRight(high, TStrip.Index - Third);
        return TIntegers.Merge(low, 0x03030303, high, 0x04040404);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged
    {
        TVector first = TLanes.LoadBits(block + (Scale * SuperBlockLayout.SlabRows)), second = TLanes.LoadBits(block + ((Scale + 1) * SuperBlockLayout.SlabRows));
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
