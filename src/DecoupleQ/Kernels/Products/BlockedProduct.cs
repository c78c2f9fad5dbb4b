using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Products;

/// <summary>Which part of C a product is asked for.</summary>
internal enum ProductPart
{
    All,

    /// <summary>Columns j >= row i; tiles wholly below the diagonal are left out.</summary>
    UpperTriangle,
}

/// <summary>A blocked and packed matrix product in the manner of BLIS (Van Zee and van de Geijn 2015), over any operands and any tile.</summary>
/// <remarks>
/// A block of A is packed by the whole team, then every work item packs a few columns of B for itself and multiplies: B is packed where it is used, in the
/// cache of the thread that uses it, and formats are decoded on the way. Each element of C is summed depth block by depth block in order.
/// </remarks>
internal static unsafe class BlockedProduct<TTile, T, TA, TB>
    where TTile : unmanaged, ITile<T>
    where T : unmanaged, System.Numerics.INumberBase<T>
    where TA : unmanaged, IOperand<T>
    where TB : unmanaged, IOperand<T>
{
    public static void Multiply(
        TTile tile, TA a, TB b, int rows, int columns, int depth, T* c, nint stride, Destination destination, ProductPart part, Workers workers)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }
        if (depth == 0)
        {
            for (int i = 0; i < rows && destination == Destination.Overwrite; i++)
            {
                new Span<T>(c + (i * stride), columns).Clear();
            }
            return;
        }
        var blocking = new Blocking(rows, columns, depth, sizeof(T), TTile.Rows, TTile.Columns, tile.DepthUnit, workers.Count);
        int depthAtOnce = blocking.DepthBlocksAtOnce * blocking.Depth;
        using Scratch packed = Scratch.Rent<T>((long)blocking.Rows * Math.Min(depthAtOnce, depth));
        for (int firstRow = 0; firstRow < rows; firstRow += blocking.Rows)
        {
            int blockRows = Math.Min(blocking.Rows, rows - firstRow);
            for (int start = 0; start < depth; start += depthAtOnce)
            {
                int blockDepth = Math.Min(depthAtOnce, depth - start);
                var packing = new Packing(a, (T*)packed.Pointer, firstRow, blockRows, start, blockDepth, blocking.Depth);
                workers.For(packing.Items, packing);
                var work = new Multiplication(
                    tile, b, (T*)packed.Pointer, c, stride, firstRow, blockRows, columns, start, blockDepth, blocking,
                    start == 0 ? destination : Continue(destination), part);
                workers.For(work.Items, work);
            }
        }
    }

    private static Destination Continue(Destination destination) => destination == Destination.Overwrite ? Destination.Add : destination;

    /// <summary>Packs a block of A: depth block after depth block, in each panel after panel.</summary>
    private readonly struct Packing(TA a, T* packed, int firstRow, int rows, int start, int depth, int depthBlock) : IWork
    {
        private const int PanelsPerItem = 8;

        private int Panels => (rows + TTile.Rows - 1) / TTile.Rows;

        public int Items => (Panels + PanelsPerItem - 1) / PanelsPerItem;

        public void Run(int item)
        {
            int panels = Panels, end = Math.Min(panels, (item + 1) * PanelsPerItem);
            for (int d = 0; d < depth; d += depthBlock)
            {
                int blockDepth = Math.Min(depthBlock, depth - d);
                T* block = packed + ((nint)panels * TTile.Rows * d);
                for (int p = item * PanelsPerItem; p < end; p++)
                {
                    int row = p * TTile.Rows;
                    a.Pack(firstRow + row, Math.Min(TTile.Rows, rows - row), start + d, blockDepth, TTile.Rows, block + ((nint)row * blockDepth));
                }
            }
        }
    }

    private readonly struct Multiplication(
        TTile tile, TB b, T* packed, T* c, nint stride, int firstRow, int rows, int columns, int start, int depth, Blocking blocking,
        Destination destination, ProductPart part) : IWork
    {
        private int RowItems => (rows + blocking.ItemRows - 1) / blocking.ItemRows;

        public int Items => RowItems * ((columns + blocking.ItemColumns - 1) / blocking.ItemColumns);

        public void Run(int item)
        {
            int row = item % RowItems * blocking.ItemRows, rowEnd = Math.Min(rows, row + blocking.ItemRows);
            int column = item / RowItems * blocking.ItemColumns, columnEnd = Math.Min(columns, column + blocking.ItemColumns);
            if (part == ProductPart.UpperTriangle)
            {
                // Rows from columnEnd on are below the diagonal for all columns of this item.
                rowEnd = Math.Min(rowEnd, columnEnd - firstRow);
            }
            if (row >= rowEnd)
            {
                return;
            }
            int panels = (columnEnd - column + TTile.Columns - 1) / TTile.Columns;
            using Scratch panel = Scratch.Rent<T>((long)panels * TTile.Columns * blocking.Depth);
            for (int d = 0; d < depth; d += blocking.Depth)
            {
                int blockDepth = Math.Min(blocking.Depth, depth - d);
                for (int p = 0; p < panels; p++)
                {
                    int j = column + (p * TTile.Columns);
                    b.Pack(
                        j, Math.Min(TTile.Columns, columnEnd - j), start + d, blockDepth, TTile.Columns,
                        (T*)panel.Pointer + ((nint)p * TTile.Columns * blockDepth));
                }
                int packedRows = (rows + TTile.Rows - 1) / TTile.Rows * TTile.Rows;
                MultiplyBlock(
                    packed + ((nint)packedRows * d), (T*)panel.Pointer, blockDepth, row, rowEnd, column, columnEnd,
                    d == 0 ? destination : Continue(destination));
            }
        }

        private void MultiplyBlock(T* a, T* panel, int blockDepth, int row, int rowEnd, int column, int columnEnd, Destination blockDestination)
        {
            for (int i = row; i < rowEnd; i += TTile.Rows)
            {
                T* aPanel = a + ((nint)i * blockDepth);
                int tileRows = Math.Min(TTile.Rows, rows - i);
                for (int j = column; j < columnEnd; j += TTile.Columns)
                {
                    int tileColumns = Math.Min(TTile.Columns, columnEnd - j);
                    if (part == ProductPart.UpperTriangle && j + tileColumns <= firstRow + i)
                    {
                        continue;
                    }
                    T* bPanel = panel + ((nint)(j - column) * blockDepth), corner = c + ((firstRow + i) * stride) + j;
                    if (tileRows == TTile.Rows && tileColumns == TTile.Columns)
                    {
                        tile.Multiply(blockDepth, aPanel, bPanel, corner, stride, blockDestination);
                    }
                    else
                    {
                        MultiplyEdge(blockDepth, aPanel, bPanel, corner, tileRows, tileColumns, blockDestination);
                    }
                }
            }
        }

        /// <summary>A tile that hangs over C's edge goes through a whole tile on the stack.</summary>
        private void MultiplyEdge(int blockDepth, T* aPanel, T* bPanel, T* corner, int tileRows, int tileColumns, Destination blockDestination)
        {
            T* whole = stackalloc T[TTile.Rows * TTile.Columns];
            if (tileRows <= TTile.ShortRows)
            {
                tile.MultiplyShort(blockDepth, aPanel, bPanel, whole, TTile.Columns, Destination.Overwrite);
            }
            else
            {
                tile.Multiply(blockDepth, aPanel, bPanel, whole, TTile.Columns, Destination.Overwrite);
            }
            for (int i = 0; i < tileRows; i++)
            {
                T* from = whole + (i * TTile.Columns), to = corner + (i * stride);
                for (int j = 0; j < tileColumns; j++)
                {
                    to[j] = blockDestination switch
                    {
                        Destination.Overwrite => from[j],
                        Destination.Add => to[j] + from[j],
                        _ => to[j] - from[j],
                    };
                }
            }
        }
    }
}
