using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A matrix of K-quants with AVX-512: decoding looks up 16 bits of codes at a time. So do prompts up to three bits, where a word has many codes; beyond they
/// multiply pairs.
/// </summary>
internal sealed unsafe class WordBlockLinear<TFormat, TPairs>(WordBlockLayout<TFormat, TPairs> layout) : SlabKernel(layout.Columns, layout.Rows), ITableWeight
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    // On a Zen 4 look-ups take 0.7 of the time that pairs take with two bits, 0.85 with three, 1.4 with four.
    private const int MostTableBits = 3;

    private readonly WordBlockInput _form = new(WordBlocks.Of<TFormat>());

    public override InputForm Form => _form;

    public override long Bytes => layout.Bytes;

    public int Blocks => layout.Blocks;

    public int BlockSize => SuperBlockMatrix.BlockLength;

    public int ChunkBlocks => 1;

    public int BlockTables => _form.BlockTables;

    public int RunSlabs => WordBlockMap<TFormat, TPairs>.RunSlabs;

    public override void DequantizeRow(int row, Span<float> destination) => layout.DequantizeRow(row, destination);

    public override int RunEnd(int slab) => layout.Map.RunEnd(slab);

    public override void Multiply(int slab, in PreparedRows rows, float* y) => MultiplyRun(slab, 1, rows, y);

    public override void MultiplyRun(int slab, int count, in PreparedRows rows, float* y)
    {
        new Span<float>(y, count * rows.Count * SlabRows).Clear();
        Add(slab, count, 0, Blocks, new(rows.Form(0), rows.PreparedStride, rows.Count), new(y, SlabRows, rows.Count * SlabRows));
        GC.KeepAlive(layout);
    }

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            TileChoice.Multiply(
                new StridedOperand<float>(x, Inputs, 1), new WordBlockPanels<TFormat, TPairs>(layout.Map), tokens, Outputs, Inputs, y, Outputs,
                Destination.Overwrite, ProductPart.All, workers, InstructionSet.Avx512);
        }
        GC.KeepAlive(layout);
    }

    public override void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers)
    {
        if (TFormat.Bits > MostTableBits && !PairProduct.Gains(InstructionSet.Avx512))
        {
            Multiply(input, rows, output, workers);
            return;
        }
        CheckLengths(input.Length, rows, output.Length);
        fixed (float* x = input, y = output)
        {
            if (TFormat.Bits <= MostTableBits)
            {
                new TablePrompt(this, x, rows, y).Run(workers);
            }
            else
            {
                InputRuns runs = WordBlockPairs<TFormat, TPairs>.Runs(Inputs);
                PairProduct.Multiply<SingleLanes256, Vector256<float>, WordBlockPairs<TFormat, TPairs>>(
                    x, runs, new(layout.Map, runs), rows, Inputs, Outputs, y, workers);
            }
        }
        GC.KeepAlive(layout);
    }

    public double MostStep(float* x) => _form.MostStep(x, Inputs);

    public void Make(float* x, int first, int count, float* form, double mostStep) => _form.Make(x, first, count, form, mostStep);

    public void Add(int slab, int slabs, int first, int count, in TableForms forms, in TableOutputs outputs) =>
        new WordBlockSlab<TFormat, TPairs>(layout.Map, _form).Add(slab, slabs, first, count, forms, outputs);
}
