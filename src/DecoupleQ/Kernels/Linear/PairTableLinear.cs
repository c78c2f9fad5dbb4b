using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A 2-bit matrix with AVX-512: decoding looks up two codes at a time.</summary>
internal sealed unsafe class PairTableLinear(AffineLayout layout) : AffineLinear<SingleLanes512, Vector512<float>, TwoBits>(layout, InstructionSet.Avx512)
{
    // Two codes a look-up are as quick as the multiply-adds of a product; what ends it is the size of the tables in the cache.
    protected override int MostStreamedTokens => 16;

    protected override void Stream(float* x, float* sums, int tokens, float* y, Workers workers)
    {
        nint tableLength = (nint)PairTableSlab.TableLength(Inputs);
        using Scratch tables = Scratch.Rent<float>(tokens * tableLength);
        for (int t = 0; t < tokens; t++)
        {
            PairTableSlab.MakeTables(x + ((nint)t * Inputs), Inputs, (float*)tables.Pointer + (t * tableLength));
        }
        workers.For(Layout.Slabs, new Streaming(new PairTableSlab(Layout), (float*)tables.Pointer, tableLength, sums, Layout.Groups, tokens, y, Outputs));
    }

    private readonly struct Streaming(PairTableSlab slabs, float* tables, nint tableLength, float* sums, int groups, int tokens, float* y, int outputs) : IWork
    {
        public void Run(int item)
        {
            float* slabOutput = stackalloc float[AffineLayout.SlabRows];
            for (int t = 0; t < tokens; t++)
            {
                slabs.Multiply(item, tables + (t * tableLength), sums + ((nint)t * groups), slabOutput);
                StoreSlab(slabOutput, item, y + ((nint)t * outputs), outputs);
            }
        }
    }
}
