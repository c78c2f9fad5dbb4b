using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// The transposed weight as right factor of a product of pairs, whose tiles are two vectors of 256 bits wide: two neighbouring codes in the halves of a lane,
/// a run for each group, factors after it.
/// </summary>
internal readonly unsafe struct WordBlockPairs<TFormat, TPairs>(WordBlockMap<TFormat, TPairs> map, InputRuns runs) : IOperand<float>
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    private const int SlabRows = SuperBlockLayout.SlabRows, Lanes = 16;

    /// <summary>A run is a group.</summary>
    public static InputRuns Runs(int columns) => new(columns, TFormat.GroupSize, (1 << TFormat.Bits) - 1, 4);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // The layout is zero beyond the last row, so whole panels can be read.
        System.Diagnostics.Debug.Assert(width == Lanes, "A tile is two vectors of 256 bits wide.");
        Vector512<short>* memory = stackalloc Vector512<short>[2 * WordBlockGroups<TFormat, TPairs>.MostPairs];
        nint slab = lane / SlabRows;
        int row = (int)(lane % SlabRows), first = (int)start / runs.PanelRows, end = first + (depth / runs.PanelRows), unpacked = -1;
        WordBlockGroups<TFormat, TPairs> groups = default;
        for (int run = first; run < end; run++)
        {
            int column = runs.Start(run), block = column / SuperBlockMatrix.BlockLength, group = column % SuperBlockMatrix.BlockLength / TFormat.GroupSize;
            if (block != unpacked)
            {
                groups.Load(map.Scales(slab, block), row, memory);
                unpacked = block;
            }

            // A word has rows row .. row + 15 of 32 where low or high halves are unpacked.
            byte* words = map.Group(slab, block, group) + (row / (2 * Lanes) * 2 * Lanes * sizeof(ushort));
            Vector512<float> sums = row / Lanes % 2 == 0 ? Unpack(words, panel, high: false) : Unpack(words, panel, high: true);
            float* factors = panel + ((nint)runs.Pairs * Lanes);
            groups.Factors(group, out Vector512<float> scale, out Vector512<float> bias);
            scale.Store(factors);
            sums.Store(factors + Lanes);
            bias.Store(factors + (2 * Lanes));
            panel += (nint)runs.PanelRows * Lanes;
        }
    }

    /// <summary>Writes the pairs of codes of a group; returns the sums of the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Unpack(byte* words, float* panel, bool high)
    {
        Vector512<int> sum = Vector512<int>.Zero;
        Vector512<short> ones = Vector512.Create((short)1);
        for (int i = 0; i < TFormat.GroupSize; i += 2)
        {
            Vector512<ushort> first = WordBlockGroups<TFormat, TPairs>.Code(words, i), second = WordBlockGroups<TFormat, TPairs>.Code(words, i + 1);
            Vector512<ushort> pairs = high ? Avx512BW.UnpackHigh(first, second) : Avx512BW.UnpackLow(first, second);
            sum += Avx512BW.MultiplyAddAdjacent(pairs.AsInt16(), ones);
            pairs.AsSingle().Store(panel);
            panel += Lanes;
        }
        return Vector512.ConvertToSingle(sum);
    }
}
