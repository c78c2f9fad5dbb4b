using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A quantized matrix on lanes of any width: few tokens stream the codes, many multiply panels that are dequantized where they are used.</summary>
internal unsafe class AffineLinear<TLanes, TVector, TBits>(AffineLayout layout, InstructionSet set) : LinearKernel(layout.Columns, layout.Rows)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    protected AffineLayout Layout { get; } = layout;

    /// <summary>The most tokens for which streaming the codes once a token is quicker than a matrix product.</summary>
    protected virtual int MostStreamedTokens => 4;

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            if (tokens <= MostStreamedTokens)
            {
                using Scratch sums = GroupSums(x, tokens);
                Stream(x, (float*)sums.Pointer, tokens, y, workers);
            }
            else
            {
                var weights = new PanelOperand(new AffineSlab<TLanes, TVector, TBits>(Layout));
                TileChoice.Multiply(new StridedOperand<float>(x, Inputs, 1), weights, tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, set);
            }
        }
        GC.KeepAlive(Layout);
    }

    /// <summary>Decoding: every slab for every token.</summary>
    protected virtual void Stream(float* x, float* sums, int tokens, float* y, Workers workers)
    {
        int slabsAtOnce = SlabsAtOnce(workers);
        var work = new Streaming(new AffineSlab<TLanes, TVector, TBits>(Layout), Layout.Slabs, slabsAtOnce, x, Inputs, sums, Layout.Groups, tokens, y, Outputs);
        workers.For((Layout.Slabs + slabsAtOnce - 1) / slabsAtOnce, work);
    }

    /// <summary>Slabs that a thread takes one after the other: some where there are many, because their bytes follow each other.</summary>
    protected int SlabsAtOnce(Workers workers) => Math.Clamp(Layout.Slabs / (8 * workers.Count), 1, 4);

    /// <summary>Copies the outputs of a slab, less those of rows that the matrix does not have.</summary>
    protected static void StoreSlab(float* slabOutput, int slab, float* y, int outputs)
    {
        int first = slab * AffineLayout.SlabRows, count = Math.Min(AffineLayout.SlabRows, outputs - first);
        new ReadOnlySpan<float>(slabOutput, count).CopyTo(new Span<float>(y + first, count));
    }

    private Scratch GroupSums(float* x, int tokens)
    {
        Scratch sums = Scratch.Rent<float>((long)tokens * Layout.Groups);
        for (int i = 0; i < tokens * Layout.Groups; i++)
        {
            // Rows of x follow each other and groups divide a row, so group i is the i-th run.
            ((float*)sums.Pointer)[i] = TensorPrimitives.Sum(new ReadOnlySpan<float>(x + ((nint)i * Layout.GroupSize), Layout.GroupSize));
        }
        return sums;
    }

    private readonly struct Streaming(
        AffineSlab<TLanes, TVector, TBits> slabs, int count, int slabsAtOnce, float* x, int inputs, float* sums, int groups, int tokens, float* y, int outputs) : IWork
    {
        public void Run(int item)
        {
            float* slabOutput = stackalloc float[AffineLayout.SlabRows];
            int end = Math.Min(count, (item + 1) * slabsAtOnce);
            for (int slab = item * slabsAtOnce; slab < end; slab++)
            {
                for (int t = 0; t < tokens; t++)
                {
                    slabs.Multiply(slab, x + ((nint)t * inputs), sums + ((nint)t * groups), slabOutput);
                    StoreSlab(slabOutput, slab, y + ((nint)t * outputs), outputs);
                }
            }
        }
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
