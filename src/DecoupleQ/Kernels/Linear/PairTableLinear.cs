using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A 2-bit matrix with AVX-512: decoding looks up two codes at a time.</summary>
internal sealed unsafe class PairTableLinear(AffineLayout layout) : AffineLinear<SingleLanes512, Vector512<float>, TwoBits>(layout, InstructionSet.Avx512)
{
    public override InputForm Form { get; } = new PairTableInput(layout.GroupSize);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        var slabs = new PairTableSlab(Layout);
        for (int r = 0; r < rows.Count; r++)
        {
            float* tables = rows.Form(r);
            slabs.Multiply(slab, tables, tables + PairTableInput.SumsAt(Inputs), y + (r * SlabRows));
        }
    }
}
