using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The transposed weight as right factor of a product in float32: a panel's lanes are output rows, which is how the layout has them.</summary>
internal readonly unsafe struct WordBlockPanels<TFormat, TPairs>(WordBlockMap<TFormat, TPairs> map) : IOperand<float>
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    private const int SlabRows = SuperBlockLayout.SlabRows, Lanes = 16;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // The layout is zero beyond the last row, so whole panels can be read.
        System.Diagnostics.Debug.Assert(width == 2 * Lanes, "A tile is two vectors wide.");
        Vector512<short>* memory = stackalloc Vector512<short>[4 * WordBlockGroups<TFormat, TPairs>.MostPairs];
        nint slab = lane / SlabRows;
        int row = (int)(lane % SlabRows), unpacked = -1;
        WordBlockGroups<TFormat, TPairs> groups0 = default, groups1 = default;
        for (int column = (int)start, end = column + depth; column < end; column += TFormat.GroupSize)
        {
            int block = column / SuperBlockMatrix.BlockLength, group = column % SuperBlockMatrix.BlockLength / TFormat.GroupSize;
            if (block != unpacked)
            {
                groups0.Load(map.Scales(slab, block), row, memory);
                groups1.Load(map.Scales(slab, block), row + Lanes, memory + (2 * WordBlockGroups<TFormat, TPairs>.MostPairs));
                unpacked = block;
            }
            groups0.Factors(group, out Vector512<float> scale0, out Vector512<float> bias0);
            groups1.Factors(group, out Vector512<float> scale1, out Vector512<float> bias1);
            byte* words = map.Group(slab, block, group) + (row * sizeof(ushort));
            for (int i = 0; i < TFormat.GroupSize; i++)
            {
                Vector512<ushort> code = WordBlockGroups<TFormat, TPairs>.Code(words, i);
                Vector512<float> code0 = Vector512.ConvertToSingle(Avx512BW.UnpackLow(code, Vector512<ushort>.Zero).AsInt32());
                Vector512<float> code1 = Vector512.ConvertToSingle(Avx512BW.UnpackHigh(code, Vector512<ushort>.Zero).AsInt32());
                Vector512.FusedMultiplyAdd(code0, scale0, bias0).Store(panel);
                Vector512.FusedMultiplyAdd(code1, scale1, bias1).Store(panel + Lanes);
                panel += 2 * Lanes;
            }
        }
    }
}
