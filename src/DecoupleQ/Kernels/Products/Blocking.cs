namespace DecoupleQ.Kernels.Products;

/// <summary>How a matrix product is cut into pieces that fit the caches.</summary>
/// <remarks>
/// What decides the order of summation, <see cref="Depth"/>, depends on the depth and the element type alone; the rest may depend on the number of threads.
/// </remarks>
internal readonly struct Blocking
{
    /// <summary>Where operands are numbers, a depth block starts at a multiple of this (32 codes of any number of bits are whole words).</summary>
    public const int DepthUnit = 32;

    private const int PanelBytes = 2048;
    private const int ColumnsPerItem = 64;
    private const int MostRows = 3072;
    private const int PackedBytes = 8 << 20;

    public Blocking(int rows, int columns, int depth, int elementSize, int tileRows, int tileColumns, int depthUnit, int threads)
    {
        // The panels of A (12 rows) stay in the first-level cache, those of B in the second-level one.
        Depth = SplitEvenly(depth, PanelBytes / elementSize, depthUnit);
        Rows = SplitEvenly(rows, MostRows, tileRows);
        long blockBytes = (long)Rows * Depth * elementSize;
        DepthBlocksAtOnce = (int)Math.Clamp(PackedBytes / blockBytes, 1, (depth + Depth - 1) / Depth);
        int wanted = threads > 1 ? 4 * threads : 1;
        ItemColumns = SplitEvenly(columns, Math.Max(tileColumns, ColumnsPerItem / tileColumns * tileColumns), tileColumns);
        int columnItems = (columns + ItemColumns - 1) / ItemColumns;
        if (columnItems < wanted && threads > 1)
        {
            // Short of items: first narrower, then lower ones. Each item packs its own columns, so low ones repeat that work.
            ItemColumns = Math.Min(ItemColumns, Math.Max(2 * tileColumns, SplitEvenly(columns, Math.Max(columns / wanted, 1), tileColumns)));
            columnItems = (columns + ItemColumns - 1) / ItemColumns;
        }
        int rowItems = Math.Clamp((wanted + columnItems - 1) / columnItems, 1, Math.Max(1, Rows / (8 * tileRows)));
        ItemRows = SplitEvenly(Rows, (Rows + rowItems - 1) / rowItems, tileRows);
    }

    /// <summary>Depth of a block: products are summed over it in registers.</summary>
    public int Depth { get; }

    /// <summary>Rows of A packed at once.</summary>
    public int Rows { get; }

    /// <summary>Depth blocks packed at once.</summary>
    public int DepthBlocksAtOnce { get; }

    /// <summary>Columns of a work item.</summary>
    public int ItemColumns { get; }

    /// <summary>Rows of a work item.</summary>
    public int ItemRows { get; }

    /// <summary>
    /// The size, a multiple of <paramref name="unit"/>, that cuts <paramref name="total"/> into equal pieces of about <paramref name="most"/>.
    /// </summary>
    private static int SplitEvenly(int total, int most, int unit)
    {
        int pieces = Math.Max(1, (total + most - 1) / most);
        int size = (total + pieces - 1) / pieces;
        return (size + unit - 1) / unit * unit;
    }
}
