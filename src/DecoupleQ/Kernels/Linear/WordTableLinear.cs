using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A quantized matrix with AVX-512: decoding and prompts look up 16 bits of codes at a time, with the same arithmetic.</summary>
internal sealed unsafe class WordTableLinear<TBits>(AffineLayout layout)
    : AffineLinear<SingleLanes512, Vector512<float>, TBits>(layout, InstructionSet.Avx512), ITableWeight
    where TBits : ICodeBits
{
    private readonly WordTableInput _form = new(TBits.Bits, layout.GroupSize);

    public override InputForm Form => _form;

    public int Blocks => Inputs / _form.BlockSize;

    public int BlockSize => _form.BlockSize;

    public int ChunkBlocks => Layout.Order.ChunkBlocks;

    public int BlockTables => _form.BlockTables;

    public int RunSlabs => WordOrder.RunSlabs;

    public override int RunEnd(int slab) => Layout.Order.RunEnd(slab);

    public override void Multiply(int slab, in PreparedRows rows, float* y) => MultiplyRun(slab, 1, rows, y);

    public override void MultiplyRun(int slab, int count, in PreparedRows rows, float* y)
    {
        new Span<float>(y, count * rows.Count * SlabRows).Clear();
        Add(slab, count, 0, Blocks, new(rows.Form(0), rows.PreparedStride, rows.Count), new(y, SlabRows, rows.Count * SlabRows));
        GC.KeepAlive(Layout);
    }

    public override void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, rows, output.Length);
        fixed (float* x = input, y = output)
        {
            new TablePrompt(this, x, rows, y).Run(workers);
        }
        GC.KeepAlive(Layout);
    }

    public double MostStep(float* x) => _form.MostStep(x, Inputs);

    public void Make(float* x, int first, int count, float* form, double mostStep) => _form.Make(x, first, count, _form.Row(form, count), mostStep);

    public void Add(int slab, int slabs, int first, int count, in TableForms forms, in TableOutputs outputs) =>
        new WordTableSlab(Layout, _form).Add(slab, slabs, first, count, forms, outputs);
}
