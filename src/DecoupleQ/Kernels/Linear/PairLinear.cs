using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A matrix of 4 or 8 bits with AVX-512: decoding multiplies pairs of codes, as prompts do, but straight from the stored words.</summary>
internal sealed unsafe class PairLinear<TBits>(AffineLayout layout, InstructionSet set) : AffineLinear<SingleLanes512, Vector512<float>, TBits>(layout, set)
    where TBits : ICodeBits
{
    private readonly PairInput _form = new(TBits.Bits, layout.GroupSize);

    public override InputForm Form => _form;

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        new PairSlab<TBits>(Layout, _form).Multiply(slab, rows, y);
        GC.KeepAlive(Layout);
    }
}
