using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The kernel for a stored matrix and an instruction set.</summary>
internal static class KernelChoice
{
    public static SlabKernel For(WeightMatrix matrix, InstructionSet set, Workers workers) => matrix switch
    {
        DenseMatrix dense => set switch
        {
            InstructionSet.Avx512 => Dense<SingleLanes512, Vector512<float>>(dense, set),
            InstructionSet.Avx2 => Dense<SingleLanes256, Vector256<float>>(dense, set),
            InstructionSet.Vector128 => Dense<SingleLanes128, Vector128<float>>(dense, set),
            _ => Dense<SingleLanes1, float>(dense, set),
        },
        AffineMatrix affine => Affine(affine, set, workers),
        SuperBlockMatrix blocks when set == InstructionSet.Avx512 => WordBlocks(blocks, workers),
        SuperBlockMatrix blocks => SuperBlocks(new SuperBlockLayout(blocks, workers), set),
        _ => throw new NotSupportedException($"{matrix.GetType().Name} cannot be multiplied."),
    };

    private static SlabKernel Dense<TLanes, TVector>(DenseMatrix matrix, InstructionSet set)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => matrix.Type switch
        {
            ElementType.F16 => new DenseLinear<TLanes, TVector, Float16Format, ushort>(matrix, matrix.Halves, set),
            ElementType.BF16 => new DenseLinear<TLanes, TVector, BFloat16Format, ushort>(matrix, matrix.Halves, set),
            _ => new DenseLinear<TLanes, TVector, SingleFormat, float>(matrix, matrix.Singles, set),
        };

    private static SlabKernel Affine(AffineMatrix matrix, InstructionSet set, Workers workers)
    {
        int bits = matrix.Bits;
        if (set == InstructionSet.Avx512 && PairInput.Fits(bits, matrix.GroupSize))
        {
            var words = new AffineLayout(matrix, workers);
            return bits == 4 ? new PairLinear<FourBits>(words, set) : new PairLinear<EightBits>(words, set);
        }
        if (WordTables.Fit(bits, matrix.GroupSize))
        {
            switch (set)
            {
                case InstructionSet.Avx512:
                    return WordTable<PermutedWords, SingleLanes512, Vector512<float>>(matrix, set, workers);
                case InstructionSet.Avx2:
                    return WordTable<ShuffledWords, SingleLanes256, Vector256<float>>(matrix, set, workers);
            }
        }
        var layout = new AffineLayout(matrix, workers);
        return set switch
        {
            InstructionSet.Avx512 => Affine<SingleLanes512, Vector512<float>>(layout, bits, set),
            InstructionSet.Avx2 => Affine<SingleLanes256, Vector256<float>>(layout, bits, set),
            InstructionSet.Vector128 when bits == 2 && PlaneTableSlab.Fits(layout) => new PlaneTableLinear(layout),
            InstructionSet.Vector128 => Affine<SingleLanes128, Vector128<float>>(layout, bits, set),
            _ => Affine<SingleLanes1, float>(layout, bits, set),
        };
    }

    private static SlabKernel WordTable<TBlock, TLanes, TVector>(AffineMatrix matrix, InstructionSet set, Workers workers)
        where TBlock : unmanaged, IWordBlock<TBlock>
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        var layout = new AffineLayout(matrix, workers, TBlock.Order);
        return matrix.Bits switch
        {
            2 => new WordTableLinear<TBlock, TLanes, TVector, TwoBits>(layout, set),
            3 => new WordTableLinear<TBlock, TLanes, TVector, ThreeBits>(layout, set),
            4 => new WordTableLinear<TBlock, TLanes, TVector, FourBits>(layout, set),
            _ => new WordTableLinear<TBlock, TLanes, TVector, EightBits>(layout, set),
        };
    }

    private static SlabKernel Affine<TLanes, TVector>(AffineLayout layout, int bits, InstructionSet set)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => bits switch
        {
            2 => new AffineLinear<TLanes, TVector, TwoBits>(layout, set),
            3 => new AffineLinear<TLanes, TVector, ThreeBits>(layout, set),
            4 => new AffineLinear<TLanes, TVector, FourBits>(layout, set),
            _ => new AffineLinear<TLanes, TVector, EightBits>(layout, set),
        };

    private static SlabKernel WordBlocks(SuperBlockMatrix matrix, Workers workers)
    {
        return matrix.Type switch
        {
            SuperBlockType.Q2_K => Kernel<Q2K, NibblePairs>(),
            SuperBlockType.Q3_K => Kernel<Q3K, SignedSixBitPairs>(),
            SuperBlockType.Q4_K => Kernel<Q4K, SixBitPairs>(),
            SuperBlockType.Q5_K => Kernel<Q5K, SixBitPairs>(),
            _ => Kernel<Q6K, BytePairs>(),
        };

        SlabKernel Kernel<TFormat, TPairs>()
            where TFormat : ISuperBlock
            where TPairs : IScalePairs => new WordBlockLinear<TFormat, TPairs>(new WordBlockLayout<TFormat, TPairs>(matrix, workers));
    }

    private static SlabKernel SuperBlocks(SuperBlockLayout layout, InstructionSet set) => set switch
    {
        InstructionSet.Avx2 => SuperBlocks<SingleLanes256, IntegerLanes256, Vector256<float>>(layout, set),
        InstructionSet.Vector128 => SuperBlocks<SingleLanes128, IntegerLanes128, Vector128<float>>(layout, set),
        _ => SuperBlocks<SingleLanes1, IntegerLanes1, float>(layout, set),
    };

    private static SlabKernel SuperBlocks<TLanes, TIntegers, TVector>(SuperBlockLayout layout, InstructionSet set)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged => layout.Type switch
        {
            SuperBlockType.Q2_K => new SuperBlockLinear<Q2K, TLanes, TIntegers, TVector>(layout, set),
            SuperBlockType.Q3_K => new SuperBlockLinear<Q3K, TLanes, TIntegers, TVector>(layout, set),
            SuperBlockType.Q4_K => new SuperBlockLinear<Q4K, TLanes, TIntegers, TVector>(layout, set),
            SuperBlockType.Q5_K => new SuperBlockLinear<Q5K, TLanes, TIntegers, TVector>(layout, set),
            _ => new SuperBlockLinear<Q6K, TLanes, TIntegers, TVector>(layout, set),
        };
}
