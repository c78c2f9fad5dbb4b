namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Rows of a layer held transposed, a column in a row, so that 16 rows of B are the lanes of a vector and the columns stand in any order without further cost.
/// </summary>
/// <remarks>Lanes beyond the last row hold zeros: with s = 0 they stay as they are.</remarks>
internal static class TransposedRows
{
    /// <summary>Rows of B in a vector.</summary>
    public const int Lanes = 16;

    /// <summary><paramref name="rows"/> in whole vectors.</summary>
    public static int Padded(int rows) => (rows + Lanes - 1) / Lanes * Lanes;

    /// <summary>Elements from one column to the next: one vector more than needed, lest the columns of a block share a few cache sets.</summary>
    public static int Stride(int rows) => Padded(rows) + Lanes;

    /// <summary>Transposes a row-major matrix, rows x columns.</summary>
    public static void Gather(ReadOnlySpan<float> source, int rows, int columns, Span<float> target)
    {
        int stride = Stride(rows);
        target.Clear();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                target[(j * stride) + i] = source[(i * columns) + j];
            }
        }
    }

    /// <summary>Transposes a row-major matrix, its columns in the given order.</summary>
    public static void Gather(ReadOnlySpan<float> source, int rows, int[] order, Span<float> target)
    {
        int stride = Stride(rows);
        target.Clear();
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> row = source.Slice(i * order.Length, order.Length);
            for (int k = 0; k < order.Length; k++)
            {
                target[(k * stride) + i] = row[order[k]];
            }
        }
    }

    /// <summary>Transposes integers back.</summary>
    public static void Scatter(ReadOnlySpan<float> source, int rows, int columns, Span<sbyte> integers)
    {
        int stride = Stride(rows);
        for (int j = 0; j < columns; j++)
        {
            ReadOnlySpan<float> column = source.Slice(j * stride, rows);
            for (int i = 0; i < rows; i++)
            {
                integers[(i * columns) + j] = (sbyte)column[i];
            }
        }
    }

    /// <summary>Transposes integers back, from the given order of columns.</summary>
    public static void Scatter(ReadOnlySpan<float> source, int rows, int[] order, Span<sbyte> integers)
    {
        int stride = Stride(rows);
        for (int k = 0; k < order.Length; k++)
        {
            ReadOnlySpan<float> column = source.Slice(k * stride, rows);
            for (int i = 0; i < rows; i++)
            {
                integers[(i * order.Length) + order[k]] = (sbyte)column[i];
            }
        }
    }
}
