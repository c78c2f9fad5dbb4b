using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A <see cref="SuperBlockLayout"/> as right factor of a product of pairs: two neighbouring codes in the halves of a lane, a run for each group, factors
/// after it.
/// </summary>
internal readonly unsafe struct SuperBlockPairs<TFormat, TLanes, TIntegers, TVector>(SuperBlockLayout layout, InputRuns runs) : IOperand<float>
    where TFormat : ISuperBlock
    where TLanes : ISingleLanes<TVector>
    where TIntegers : IIntegerLanes<TVector>
    where TVector : unmanaged
{
    private const int QuadsOfStrip = 8, StripLength = 4 * QuadsOfStrip;

    private readonly SuperBlockSlab<TFormat, TLanes, TIntegers, TVector> _slabs = new(layout);

    /// <summary>A run is a group.</summary>
    public static InputRuns Runs(SuperBlockLayout layout) => new(layout.Columns, TFormat.GroupSize, (1 << TFormat.Bits) - 1, 4);

    [SkipLocalsInit]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // The layout is zero beyond the last row, so whole panels can be read.
        System.Diagnostics.Debug.Assert(width == 2 * TLanes.Count, "A tile is two vectors wide.");
        TVector* scales = stackalloc TVector[SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>.ScaleVectors];
        nint slab = lane / SuperBlockLayout.SlabRows;
        int row = (int)(lane % SuperBlockLayout.SlabRows), first = (int)start / runs.PanelRows, end = first + (depth / runs.PanelRows), unpacked = -1;
        for (int run = first; run < end; run++)
        {
            int column = runs.Start(run), block = column / SuperBlockMatrix.BlockLength, strip = column % SuperBlockMatrix.BlockLength / StripLength;
            uint* chunk = _slabs.Chunk(slab, block);
            if (block != unpacked)
            {
                SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>.LoadScales(chunk + row, scales);
                unpacked = block;
            }
            float* factors = panel + ((nint)runs.Pairs * width);
            int group = column % SuperBlockMatrix.BlockLength / TFormat.GroupSize;
            for (int v = 0; v < 2; v++)
            {
                SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>.Factors(chunk, row, v, scales, group, out TVector scale, out TVector bias);
                TLanes.Store(scale, factors + (v * TLanes.Count));
                TLanes.Store(bias, factors + (2 * width) + (v * TLanes.Count));
            }
            int quad = column % StripLength / 4;
            switch (strip / 2)
            {
                case 0:
                    Unpack<StripPair0>(chunk + row, strip % 2 == 1, quad, panel, factors + width);
                    break;
                case 1:
                    Unpack<StripPair1>(chunk + row, strip % 2 == 1, quad, panel, factors + width);
                    break;
                case 2:
                    Unpack<StripPair2>(chunk + row, strip % 2 == 1, quad, panel, factors + width);
                    break;
                default:
                    Unpack<StripPair3>(chunk + row, strip % 2 == 1, quad, panel, factors + width);
                    break;
            }
            panel += (nint)runs.PanelRows * width;
        }
    }

    /// <summary>Writes the pairs of codes of a group for two vectors of rows, and the sums of the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack<TPair>(uint* block, bool isOdd, int quad, float* panel, float* sums)
        where TPair : IStripPair
    {
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero;
        for (int end = quad + (TFormat.GroupSize / 4); quad < end; quad++)
        {
            TFormat.Codes<TPair, TLanes, TIntegers, TVector>(block, quad, out TVector codes0, out TVector odd0);
            TFormat.Codes<TPair, TLanes, TIntegers, TVector>(block + TLanes.Count, quad, out TVector codes1, out TVector odd1);
            if (isOdd)
            {
                codes0 = TLanes.ShiftRight(odd0, TFormat.OddShift);
                codes1 = TLanes.ShiftRight(odd1, TFormat.OddShift);
            }
            Store(codes0, panel, ref sum0);
            Store(codes1, panel + TLanes.Count, ref sum1);
            panel += 4 * TLanes.Count;
        }
        TLanes.Store(TLanes.ConvertToSingle(sum0), sums);
        TLanes.Store(TLanes.ConvertToSingle(sum1), sums + TLanes.Count);
    }

    /// <summary>Stores two pairs of codes, a panel's row apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector codes, float* panel, ref TVector sum)
    {
        TVector ones = TLanes.BroadcastBits(0x00010001), low = TLanes.BroadcastBits(0xFF), high = TLanes.BroadcastBits(0x00FF0000);
        TVector first = TLanes.Or(TLanes.And(codes, low), TLanes.And(TLanes.ShiftLeft(codes, 8), high));
        TVector second = TLanes.Or(TLanes.And(TLanes.ShiftRight(codes, 16), low), TLanes.And(TLanes.ShiftRight(codes, 8), high));
        sum = TLanes.MultiplyAddPairs(second, ones, TLanes.MultiplyAddPairs(first, ones, sum));
        TLanes.Store(first, panel);
        TLanes.Store(second, panel + (2 * TLanes.Count));
    }
}
