using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A quantized matrix on lanes of any width: decoding streams the codes, prompts multiply panels that are dequantized where they are used.</summary>
internal unsafe class AffineLinear<TLanes, TVector, TBits>(AffineLayout layout, InstructionSet set) : SlabKernel(layout.Columns, layout.Rows)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    private readonly InputRuns? _runs = PairProduct.Gains(set) ? AffinePairs<TLanes, TVector, TBits>.Runs(layout) : null;

    public override InputForm Form { get; } = new GroupSumInput(layout.GroupSize);

    public override long Bytes => Layout.Bytes;

    protected AffineLayout Layout { get; } = layout;

    /// <summary>Whether prompts can be multiplied by pairs of codes, and faster than in float32.</summary>
    protected bool HasPairs => _runs is not null;

    public override void DequantizeRow(int row, Span<float> destination) => Layout.DequantizeRow(row, destination);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        var slabs = new AffineSlab<TLanes, TVector, TBits>(Layout);
        for (int r = 0; r < rows.Count; r++)
        {
            slabs.Multiply(slab, rows.Row(r), rows.Form(r), y + (r * SlabRows));
        }
    }

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            var weights = new PanelOperand(new AffineSlab<TLanes, TVector, TBits>(Layout));
            TileChoice.Multiply(
                new StridedOperand<float>(x, Inputs, 1), weights, tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, set);
        }
        GC.KeepAlive(Layout);
    }

    public override void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers)
    {
        if (_runs is not { } runs)
        {
            Multiply(input, rows, output, workers);
            return;
        }
        CheckLengths(input.Length, rows, output.Length);
        fixed (float* x = input, y = output)
        {
            if (set == InstructionSet.Vector128)
            {
                PairProduct.Multiply<SingleLanes128, Vector128<float>, AffinePairs<SingleLanes128, Vector128<float>, TBits>>(
                    x, runs, new(Layout, runs), rows, Inputs, Outputs, y, workers);
            }
            else
            {
                PairProduct.Multiply<SingleLanes256, Vector256<float>, AffinePairs<SingleLanes256, Vector256<float>, TBits>>(
                    x, runs, new(Layout, runs), rows, Inputs, Outputs, y, workers);
            }
        }
        GC.KeepAlive(Layout);
    }

    /// <summary>The transposed weight as right factor: a panel's lanes are output rows, which is how the layout has them.</summary>
    private readonly struct PanelOperand(AffineSlab<TLanes, TVector, TBits> slabs) : IOperand<float>
    {
        public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
        {
            // The layout is zero beyond the last row, so whole panels can be read.
            System.Diagnostics.Debug.Assert(width == AffineSlab<TLanes, TVector, TBits>.RowsAtOnce, "A tile is two vectors wide.");
            slabs.Dequantize(lane / AffineLayout.SlabRows, (int)(lane % AffineLayout.SlabRows), (int)start, depth, panel);
        }
    }
}
