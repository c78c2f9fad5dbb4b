using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A 2-bit matrix with AVX-512: few tokens look up two codes at a time.</summary>
internal sealed unsafe class PairTableLinear(AffineLayout layout) : AffineLinear<SingleLanes512, Vector512<float>, TwoBits>(layout, InstructionSet.Avx512)
{
    // Two codes a look-up are as quick as the multiply-adds of a product; what ends it is the size of the tables in the cache.
    protected override int MostStreamedTokens => 16;

    protected override void Stream(float* x, float* sums, int tokens, float* y, Workers workers)
    {
        int next = 0;
        workers.For(workers.Count, new Streaming(new PairTableSlab(Layout), &next, Layout.Slabs, SlabsAtOnce(workers), x, Inputs, sums, Layout.Groups, tokens, y, Outputs));
    }

    /// <summary>
    /// One item a thread, which makes the tables for itself and then takes slabs from a common counter: making them is quicker than fetching
    /// them from the cache of the thread that made them.
    /// </summary>
    private readonly struct Streaming(
        PairTableSlab slabs, int* next, int count, int slabsAtOnce, float* x, int inputs, float* sums, int groups, int tokens, float* y, int outputs) : IWork
    {
        public void Run(int item)
        {
            int slab = Take();
            if (slab >= count)
            {
                return;
            }
            nint tableLength = (nint)PairTableSlab.TableLength(inputs);
            using Scratch memory = Scratch.Rent<float>(tokens * tableLength);
            var tables = (float*)memory.Pointer;
            for (int t = 0; t < tokens; t++)
            {
                PairTableSlab.MakeTables(x + ((nint)t * inputs), inputs, tables + (t * tableLength));
            }
            float* slabOutput = stackalloc float[AffineLayout.SlabRows];
            for (; slab < count; slab = Take())
            {
                for (int end = Math.Min(count, slab + slabsAtOnce); slab < end; slab++)
                {
                    for (int t = 0; t < tokens; t++)
                    {
                        slabs.Multiply(slab, tables + (t * tableLength), sums + ((nint)t * groups), slabOutput);
                        StoreSlab(slabOutput, slab, y + ((nint)t * outputs), outputs);
                    }
                }
            }
        }

        private int Take() => Interlocked.Add(ref *next, slabsAtOnce) - slabsAtOnce;
    }
}
