using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A 2-bit matrix on 128-bit vectors: decoding looks up two codes at a time, as bytes.</summary>
internal sealed unsafe class PlaneTableLinear(AffineLayout layout) : AffineLinear<SingleLanes128, Vector128<float>, TwoBits>(layout, InstructionSet.Vector128)
{
    public override InputForm Form { get; } = new PlaneTableInput(layout.GroupSize);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        var slabs = new PlaneTableSlab(Layout);
        for (int r = 0; r < rows.Count; r++)
        {
            float* tables = rows.Form(r);
            slabs.Multiply(slab, tables, tables + PlaneTableInput.SumsAt(Inputs), y + (r * SlabRows));
        }
    }
}
