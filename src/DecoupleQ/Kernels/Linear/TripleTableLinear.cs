using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A 2-bit matrix with AVX2: decoding looks up three bits at a time.</summary>
internal sealed unsafe class TripleTableLinear(AffineLayout layout) : AffineLinear<SingleLanes256, Vector256<float>, TwoBits>(layout, InstructionSet.Avx2)
{
    public override InputForm Form { get; } = new TripleTableInput(layout.GroupSize);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        var slabs = new TripleTableSlab(Layout);
        for (int r = 0; r < rows.Count; r++)
        {
            float* tables = rows.Form(r);
            slabs.Multiply(slab, tables, tables + TripleTableInput.SumsAt(Inputs), y + (r * SlabRows));
        }
    }
}
