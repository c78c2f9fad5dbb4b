using DecoupleQ.Hardware.Limits;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// A quantized matrix with AVX2 or AVX-512: decoding looks up 16 bits of codes at a time; so do prompts, with the same arithmetic, unless pairs are faster.
/// </summary>
internal sealed unsafe class WordTableLinear<TBlock, TLanes, TVector, TBits>(AffineLayout layout, InstructionSet set)
    : AffineLinear<TLanes, TVector, TBits>(layout, set)
    where TBlock : unmanaged, IWordBlock<TBlock>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    private const int TileRows = 16;

    private readonly WordTableInput _form = new(TBits.Bits, layout.GroupSize, TBlock.Fields);

    public override InputForm Form => _form;

    private int Blocks => Inputs / _form.BlockSize;

    public override int RunEnd(int slab) => Layout.Order.RunEnd(slab);

    public override void Multiply(int slab, in PreparedRows rows, float* y) => MultiplyRun(slab, 1, rows, y);

    public override void MultiplyRun(int slab, int count, in PreparedRows rows, float* y)
    {
        new Span<float>(y, count * rows.Count * SlabRows).Clear();
        var slabs = new WordTableSlab<TBlock>(Layout, _form);
        int r = 0, blocks = Blocks, next = rows.Count * SlabRows;
        for (; r + 1 < rows.Count; r += 2)
        {
            float* to = y + (r * SlabRows);
            slabs.AddTwo(slab, count, 0, blocks, _form.Row(rows.Form(r), blocks), to, _form.Row(rows.Form(r + 1), blocks), to + SlabRows, next);
        }
        if (r < rows.Count)
        {
            slabs.Add(slab, count, 0, blocks, _form.Row(rows.Form(r), blocks), y + (r * SlabRows), next);
        }
    }

    public override void MultiplyPrompt(ReadOnlySpan<float> input, int rows, Span<float> output, Workers workers)
    {
        if (!TBlock.LooksPromptsUp && HasPairs)
        {
            base.MultiplyPrompt(input, rows, output, workers);
            return;
        }
        CheckLengths(input.Length, rows, output.Length);
        fixed (float* x = input, y = output)
        {
            float* from = x, to = y;

            // Tiles of rows, and of slabs where there are few rows: whatever the tiles are, an output's arithmetic is the same.
            int tiles = (rows + TileRows - 1) / TileRows, runs = (Slabs + WordOrder.RunSlabs - 1) / WordOrder.RunSlabs;
            int parts = Math.Clamp(((4 * workers.Count) + tiles - 1) / tiles, 1, runs);
            workers.For(tiles * parts, item =>
            {
                int row = item / parts * TileRows, part = item % parts;
                var tile = new Tile(
                    from + ((nint)row * Inputs), to + ((nint)row * Outputs), Math.Min(TileRows, rows - row),
                    (int)((long)runs * part / parts) * WordOrder.RunSlabs, Math.Min(Slabs, (int)((long)runs * (part + 1) / parts) * WordOrder.RunSlabs));
                Multiply(tile);
            });
        }
        GC.KeepAlive(Layout);
    }

    private void Multiply(Tile tile)
    {
        // Tables of as many blocks as stay in the second-level cache beside the codes.
        int blocks = Blocks, chunkBlocks = Layout.Order.ChunkBlocks, chunkTables = tile.Rows * _form.BlockTables * chunkBlocks * sizeof(float);
        int chunk = Math.Min(blocks, Math.Max(1, SecondLevelCache.Bytes / 4 / chunkTables) * chunkBlocks);
        nint rowLength = (nint)_form.Length(chunk * _form.BlockSize);
        using Scratch memory = Scratch.Rent<float>((tile.Rows * rowLength) + (tile.Rows * SlabRows));
        float* forms = (float*)memory.Pointer, last = forms + (tile.Rows * rowLength);
        double* mostSteps = stackalloc double[TileRows];
        int lastOutputs = Math.Min(SlabRows, Outputs - ((tile.End - 1) * SlabRows));
        for (int r = 0; r < tile.Rows; r++)
        {
            mostSteps[r] = _form.MostStep(tile.X + ((nint)r * Inputs), Inputs);
            new Span<float>(tile.Y + ((nint)r * Outputs) + (tile.First * SlabRows), ((tile.End - 1 - tile.First) * SlabRows) + lastOutputs).Clear();
        }
        new Span<float>(last, tile.Rows * SlabRows).Clear();
        var slabs = new WordTableSlab<TBlock>(Layout, _form);
        for (int first = 0; first < blocks; first += chunk)
        {
            int taken = Math.Min(chunk, blocks - first);
            for (int r = 0; r < tile.Rows; r++)
            {
                _form.Make(tile.X + ((nint)r * Inputs), first, taken, _form.Row(forms + (r * rowLength), taken), mostSteps[r]);
            }
            for (int slab = tile.First, run; slab < tile.End; slab += run)
            {
                // A slab that the matrix does not fill is a run of its own, with its outputs elsewhere.
                bool cut = slab == tile.End - 1 && lastOutputs < SlabRows;
                run = cut ? 1 : Math.Min(lastOutputs < SlabRows ? tile.End - 1 : tile.End, RunEnd(slab)) - slab;
                float* y = cut ? last : tile.Y + ((nint)slab * SlabRows);
                nint stride = cut ? SlabRows : Outputs;
                int r = 0;
                for (; r + 1 < tile.Rows; r += 2)
                {
                    float* form = forms + (r * rowLength);
                    WordTableRow one = _form.Row(form, taken), other = _form.Row(form + rowLength, taken);
                    slabs.AddTwo(slab, run, first, taken, one, y + (r * stride), other, y + ((r + 1) * stride), SlabRows);
                }
                if (r < tile.Rows)
                {
                    slabs.Add(slab, run, first, taken, _form.Row(forms + (r * rowLength), taken), y + (r * stride), SlabRows);
                }
            }
        }
        for (int r = 0; lastOutputs < SlabRows && r < tile.Rows; r++)
        {
            new ReadOnlySpan<float>(last + (r * SlabRows), lastOutputs).CopyTo(
                new Span<float>(tile.Y + ((nint)r * Outputs) + ((nint)(tile.End - 1) * SlabRows), lastOutputs));
        }
    }

    /// <summary>Some rows of a product, and some slabs of the weight.</summary>
    private readonly record struct Tile(nint XAddress, nint YAddress, int Rows, int First, int End)
    {
        public Tile(float* x, float* y, int rows, int first, int end)
            : this((nint)x, (nint)y, rows, first, end)
        {
        }

        public float* X => (float*)XAddress;

        public float* Y => (float*)YAddress;
    }
}
