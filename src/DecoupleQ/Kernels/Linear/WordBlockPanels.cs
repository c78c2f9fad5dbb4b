using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The transposed weight as right factor of a product in float32: a panel's lanes are output rows, which is how the layout has them.</summary>
internal readonly unsafe struct WordBlockPanels<TFormat, TPairs>(WordBlockMap<TFormat, TPairs> map) : IOperand<float>
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    private const int SlabRows = SuperBlockLayout.SlabRows, WordBytes = WordBlockMap<TFormat, TPairs>.WordBytes, Lanes = 16, MostPairs = 8;

    private static WordBlocks Sizes => WordBlocks.Of<TFormat>();

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // The layout is zero beyond the last row, so whole panels can be read.
        System.Diagnostics.Debug.Assert(width == 2 * Lanes, "A tile is two vectors wide.");
        nint slab = lane / SlabRows;
        int row = (int)(lane % SlabRows);
        Vector512<short>* scales = stackalloc Vector512<short>[2 * MostPairs], minima = stackalloc Vector512<short>[2 * MostPairs];
        Vector512<float> d0 = default, d1 = default, least0 = default, least1 = default;
        Vector512<ushort> mask = Vector512.Create((ushort)((1 << TFormat.Bits) - 1));
        int unpacked = -1;
        for (int column = (int)start, end = column + depth; column < end; column += TFormat.GroupSize)
        {
            int block = column / SuperBlockMatrix.BlockLength, group = column % SuperBlockMatrix.BlockLength / TFormat.GroupSize;
            if (block != unpacked)
            {
                byte* packed = map.Scales(slab, block);
                TPairs.Unpack((uint*)packed + row, scales, minima, 2);
                TPairs.Unpack((uint*)packed + row + Lanes, scales + 1, minima + 1, 2);
                ushort* halves = WordBlockMap<TFormat, TPairs>.Halves(packed) + row;
                (d0, d1) = (Float16Format.Load<SingleLanes512, Vector512<float>>(halves), Float16Format.Load<SingleLanes512, Vector512<float>>(halves + Lanes));
                if (TFormat.Offset == 0)
                {
                    least0 = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + SlabRows);
                    least1 = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + SlabRows + Lanes);
                }
                unpacked = block;
            }
            int pair = (group / WordBlocks.Four * 2) + (group % 2);
            bool second = group % WordBlocks.Four >= 2;
            Vector512<float> scale0 = d0 * Half(scales[2 * pair], second), scale1 = d1 * Half(scales[(2 * pair) + 1], second), bias0, bias1;
            if (TFormat.Offset == 0)
            {
                (bias0, bias1) = (-(least0 * Half(minima[2 * pair], second)), -(least1 * Half(minima[(2 * pair) + 1], second)));
            }
            else
            {
                (bias0, bias1) = (scale0 * -TFormat.Offset, scale1 * -TFormat.Offset);
            }
            int word = group * Sizes.GroupWords;
            byte* words = map.Part(slab, block, word / Sizes.PartWords) + (word % Sizes.PartWords * WordBytes) + (row * sizeof(ushort));
            for (int bit = 0; bit < TFormat.GroupSize * TFormat.Bits; bit += TFormat.Bits)
            {
                byte* at = words + (bit / WordBlocks.WordBits * WordBytes);
                int shift = bit % WordBlocks.WordBits;
                Vector512<ushort> code = Vector512.ShiftRightLogical(Vector512.Load((ushort*)at), shift);
                if (shift + TFormat.Bits > WordBlocks.WordBits)
                {
                    code |= Vector512.ShiftLeft(Vector512.Load((ushort*)(at + WordBytes)), WordBlocks.WordBits - shift);
                }
                code &= mask;
                Vector512<float> code0 = Vector512.ConvertToSingle(Avx512BW.UnpackLow(code, Vector512<ushort>.Zero).AsInt32());
                Vector512<float> code1 = Vector512.ConvertToSingle(Avx512BW.UnpackHigh(code, Vector512<ushort>.Zero).AsInt32());
                Vector512.FusedMultiplyAdd(code0, scale0, bias0).Store(panel);
                Vector512.FusedMultiplyAdd(code1, scale1, bias1).Store(panel + Lanes);
                panel += 2 * Lanes;
            }
        }

        static Vector512<float> Half(Vector512<short> pairs, bool second)
        {
            Vector512<int> both = pairs.AsInt32();
            return Vector512.ConvertToSingle((second ? both : both << 16) >> 16);
        }
    }
}
