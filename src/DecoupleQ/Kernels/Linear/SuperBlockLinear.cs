using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A matrix of K-quants on lanes of up to 256 bits: decoding multiplies codes with inputs in 16-bit integers, prompts multiply panels that are dequantized
/// where they are used.
/// </summary>
internal sealed unsafe class SuperBlockLinear<TFormat, TLanes, TIntegers, TVector>(SuperBlockLayout layout, InstructionSet set)
    : SlabKernel(layout.Columns, layout.Rows)
    where TFormat : ISuperBlock
    where TLanes : ISingleLanes<TVector>
    where TIntegers : IIntegerLanes<TVector>
    where TVector : unmanaged
{
    public override InputForm Form { get; } = new SuperBlockInput();

    public override long Bytes => layout.Bytes;

    public override void DequantizeRow(int row, Span<float> destination) => layout.DequantizeRow(row, destination);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        var slabs = new SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>(layout);
        for (int r = 0; r < rows.Count; r++)
        {
            slabs.Multiply(slab, (uint*)rows.Form(r), y + (r * SlabRows));
        }
        GC.KeepAlive(layout);
    }

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            var weights = new PanelOperand(new SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>(layout));
            TileChoice.Multiply(
                new StridedOperand<float>(x, Inputs, 1), weights, tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, set);
        }
        GC.KeepAlive(layout);
    }

    public override void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers)
    {
        if (!PairProduct.Gains(set))
        {
            Multiply(input, rows, output, workers);
            return;
        }
        CheckLengths(input.Length, rows, output.Length);
        fixed (float* x = input, y = output)
        {
            if (set == InstructionSet.Vector128)
            {
                InputRuns runs = SuperBlockPairs<TFormat, SingleLanes128, IntegerLanes128, Vector128<float>>.Runs(layout);
                PairProduct.Multiply<SingleLanes128, Vector128<float>, SuperBlockPairs<TFormat, SingleLanes128, IntegerLanes128, Vector128<float>>>(
                    x, runs, new(layout, runs), rows, Inputs, Outputs, y, workers);
            }
            else
            {
                InputRuns runs = SuperBlockPairs<TFormat, SingleLanes256, IntegerLanes256, Vector256<float>>.Runs(layout);
                PairProduct.Multiply<SingleLanes256, Vector256<float>, SuperBlockPairs<TFormat, SingleLanes256, IntegerLanes256, Vector256<float>>>(
                    x, runs, new(layout, runs), rows, Inputs, Outputs, y, workers);
            }
        }
        GC.KeepAlive(layout);
    }

    /// <summary>The transposed weight as right factor: a panel's lanes are output rows, which is how the layout has them.</summary>
    private readonly struct PanelOperand(SuperBlockSlab<TFormat, TLanes, TIntegers, TVector> slabs) : IOperand<float>
    {
        public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
        {
            // The layout is zero beyond the last row, so whole panels can be read.
            System.Diagnostics.Debug.Assert(width == SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>.RowsAtOnce, "A tile is two vectors wide.");
            slabs.Dequantize(lane / SuperBlockLayout.SlabRows, (int)(lane % SuperBlockLayout.SlabRows), (int)start, depth, panel);
        }
    }
}
