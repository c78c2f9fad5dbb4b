using DecoupleQ.Hardware.Limits;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A prompt's rows times a weight by look-ups: in tiles of rows, whose tables are made for as many blocks as stay in a cache.</summary>
/// <param name="weight">The weight.</param>
/// <param name="x">rows x inputs.</param>
/// <param name="rows">Rows.</param>
/// <param name="y">rows x outputs, overwritten.</param>
internal readonly unsafe struct TablePrompt(ITableWeight weight, float* x, int rows, float* y)
{
    private const int TileRows = 16, SlabRows = SlabKernel.SlabRows;

    /// <summary>Multiplies on the team's threads.</summary>
    public void Run(Workers workers)
    {
        // Tiles of rows, and of slabs where there are few rows: whatever the tiles are, an output's arithmetic is the same.
        TablePrompt prompt = this;
        int slabs = weight.Slabs, all = rows, runSlabs = weight.RunSlabs;
        int tiles = (rows + TileRows - 1) / TileRows, runs = (slabs + runSlabs - 1) / runSlabs;
        int parts = Math.Clamp(((4 * workers.Count) + tiles - 1) / tiles, 1, runs);
        workers.For(tiles * parts, item =>
        {
            int row = item / parts * TileRows, part = item % parts;
            int first = (int)((long)runs * part / parts) * runSlabs, end = (int)((long)runs * (part + 1) / parts) * runSlabs;
            prompt.Multiply(row, Math.Min(TileRows, all - row), first, Math.Min(slabs, end));
        });
    }

    /// <summary>Some rows of the product, and some slabs of the weight.</summary>
    private void Multiply(int firstRow, int tileRows, int firstSlab, int endSlab)
    {
        // Tables of as many blocks as stay in the second-level cache beside the codes.
        int blocks = weight.Blocks, chunkBlocks = weight.ChunkBlocks, inputs = weight.Inputs, outputs = weight.Outputs;
        int chunkTables = tileRows * weight.BlockTables * chunkBlocks * sizeof(float);
        int chunk = Math.Min(blocks, Math.Max(1, SecondLevelCache.Bytes / 4 / chunkTables) * chunkBlocks);
        nint rowLength = (nint)weight.Form.Length(chunk * weight.BlockSize);
        using Scratch memory = Scratch.Rent<float>((tileRows * rowLength) + (tileRows * SlabRows));
        float* forms = (float*)memory.Pointer, last = forms + (tileRows * rowLength);
        float* from = x + ((nint)firstRow * inputs), to = y + ((nint)firstRow * outputs);
        double* mostSteps = stackalloc double[TileRows];
        int lastOutputs = Math.Min(SlabRows, outputs - ((endSlab - 1) * SlabRows));
        for (int r = 0; r < tileRows; r++)
        {
            mostSteps[r] = weight.MostStep(from + ((nint)r * inputs));
            new Span<float>(to + ((nint)r * outputs) + (firstSlab * SlabRows), ((endSlab - 1 - firstSlab) * SlabRows) + lastOutputs).Clear();
        }
        new Span<float>(last, tileRows * SlabRows).Clear();
        for (int first = 0; first < blocks; first += chunk)
        {
            int taken = Math.Min(chunk, blocks - first);
            for (int r = 0; r < tileRows; r++)
            {
                weight.Make(from + ((nint)r * inputs), first, taken, forms + (r * rowLength), mostSteps[r]);
            }
            for (int slab = firstSlab, run; slab < endSlab; slab += run)
            {
                // A slab that the matrix does not fill is a run of its own, with its outputs elsewhere.
                bool cut = slab == endSlab - 1 && lastOutputs < SlabRows;
                run = cut ? 1 : Math.Min(lastOutputs < SlabRows ? endSlab - 1 : endSlab, weight.RunEnd(slab)) - slab;
                float* at = cut ? last : to + ((nint)slab * SlabRows);
                weight.Add(slab, run, first, taken, new(forms, rowLength, tileRows), new(at, cut ? SlabRows : outputs, SlabRows));
            }
        }
        for (int r = 0; lastOutputs < SlabRows && r < tileRows; r++)
        {
            new ReadOnlySpan<float>(last + (r * SlabRows), lastOutputs).CopyTo(
                new Span<float>(to + ((nint)r * outputs) + ((nint)(endSlab - 1) * SlabRows), lastOutputs));
        }
    }
}
