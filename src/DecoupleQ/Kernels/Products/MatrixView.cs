namespace DecoupleQ.Kernels.Products;

/// <summary>A read-only view of a matrix: element (i, j) is <c>Data[i * RowStride + j * ColumnStride]</c>; one of the strides is 1.</summary>
internal readonly ref struct MatrixView<T>
    where T : unmanaged
{
    private MatrixView(ReadOnlySpan<T> data, int rows, int columns, int rowStride, int columnStride)
    {
        Data = data;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>A row-major matrix whose rows start <paramref name="stride"/> elements apart.</summary>
    public MatrixView(ReadOnlySpan<T> data, int rows, int columns, int stride)
        : this(data, rows, columns, stride, 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        if (rows > 0 && data.Length < ((long)(rows - 1) * stride) + columns)
        {
            throw new ArgumentException("The data is shorter than the view.", nameof(data));
        }
    }

    /// <summary>A contiguous row-major matrix.</summary>
    public MatrixView(ReadOnlySpan<T> data, int rows, int columns)
        : this(data, rows, columns, columns)
    {
    }

    public ReadOnlySpan<T> Data { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStride { get; }

    public int ColumnStride { get; }

    /// <summary>The same elements with rows and columns exchanged.</summary>
    public MatrixView<T> Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    public T this[int row, int column] => Data[(int)(((long)row * RowStride) + ((long)column * ColumnStride))];
}
