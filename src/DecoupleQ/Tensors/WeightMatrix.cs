namespace DecoupleQ.Tensors;

/// <summary>A weight matrix as it is stored: <see cref="Rows"/> outputs by <see cref="Columns"/> inputs.</summary>
public abstract class WeightMatrix
{
    private protected WeightMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        Rows = rows;
        Columns = columns;
    }

    /// <summary>Number of output features.</summary>
    public int Rows { get; }

    /// <summary>Number of input features.</summary>
    public int Columns { get; }

    /// <summary>Everything stored for this matrix, in bits: codes, scales and biases, or the dense elements.</summary>
    public abstract long StoredBits { get; }

    /// <summary>Writes <paramref name="rowCount"/> rows from <paramref name="firstRow"/> on as float32, row-major.</summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="destination">At least <paramref name="rowCount"/> x <see cref="Columns"/> elements.</param>
    public abstract void DequantizeRows(int firstRow, int rowCount, Span<float> destination);
}
