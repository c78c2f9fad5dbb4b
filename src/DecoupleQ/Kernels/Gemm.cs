namespace DecoupleQ.Kernels;

/// <summary>What a matrix product does with what the destination held.</summary>
internal enum Destination
{
    Overwrite,
    Add,
    Subtract,
}

/// <summary>Dense matrix products C = A B, C += A B, C -= A B in float32 or float64, A and B in either orientation.</summary>
/// <remarks>The result does not depend on the number of threads: every element is summed in one fixed order.</remarks>
internal static class Gemm
{
    /// <summary>C (a.Rows x b.Columns, row-major with <paramref name="stride"/>) from A (m x k) and B (k x n).</summary>
    public static void Multiply<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int stride, Destination destination, Workers workers)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        _ = workers;
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < b.Columns; j++)
            {
                T sum = T.Zero;
                for (int k = 0; k < a.Columns; k++)
                {
                    sum += a[i, k] * b[k, j];
                }
                ref T cell = ref c[(i * stride) + j];
                cell = destination switch { Destination.Overwrite => sum, Destination.Add => cell + sum, _ => cell - sum };
            }
        }
    }

    /// <summary>The upper triangle (j >= i) of the symmetric product X^T X of a row-major X (rows x n), into C (n x n); below the diagonal nothing is promised.</summary>
    public static void SymmetricProduct(ReadOnlySpan<float> x, int rows, int n, Span<float> c, Destination destination, Workers workers)
    {
        var view = new MatrixView<float>(x, rows, n);
        Multiply(view.Transposed, view, c, n, destination, workers);
    }
}
