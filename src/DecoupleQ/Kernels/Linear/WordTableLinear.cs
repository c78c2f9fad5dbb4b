using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A quantized matrix with AVX2 or AVX-512: decoding looks up 16 bits of codes at a time; so do prompts, with the same arithmetic, unless pairs are faster.
/// </summary>
internal sealed unsafe class WordTableLinear<TBlock, TLanes, TVector, TBits>(AffineLayout layout, InstructionSet set)
    : AffineLinear<TLanes, TVector, TBits>(layout, set), ITableWeight
    where TBlock : unmanaged, IWordBlock<TBlock>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    // On a Zen 4, of prompts of 128 rows and more, look-ups take 0.7 of the time that pairs take with two bits, as much with three, 1.4 with four, 2.8 with eight.
    private const int MostTableBits = 3;

    private readonly WordTableInput _form = new(TBits.Bits, layout.GroupSize, TBlock.Fields);

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
        if ((!TBlock.LooksPromptsUp || TBits.Bits > MostTableBits) && HasPairs)
        {
            base.MultiplyPrompt(input, rows, output, workers);
            return;
        }
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
        new WordTableSlab<TBlock>(Layout, _form).Add(slab, slabs, first, count, forms, outputs);
}
