using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Products;

/// <summary>Dense matrix products C = A B, C += A B, C -= A B in float32 or float64, A and B in either orientation.</summary>
/// <remarks>The result does not depend on the number of threads: every element is summed in one fixed order.</remarks>
internal static unsafe class Gemm
{
    /// <summary>C (a.Rows x b.Columns, row-major with <paramref name="stride"/>) from A (m x k) and B (k x n).</summary>
    /// <param name="a">A, of float or double.</param>
    /// <param name="b">B.</param>
    /// <param name="c">C; shares no element with A or B.</param>
    /// <param name="stride">Elements from one row of C to the next; at least b.Columns.</param>
    /// <param name="destination">What becomes of C's elements.</param>
    /// <param name="workers">The team.</param>
    public static void Multiply<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int stride, Destination destination, Workers workers)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> =>
        Multiply(a, b, c, stride, destination, workers, InstructionSets.Best);

    /// <summary>As the other, with the kernels of <paramref name="set"/>.</summary>
    public static void Multiply<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int stride, Destination destination, Workers workers, InstructionSet set)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        if (a.Columns != b.Rows)
        {
            throw new ArgumentException($"A has {a.Columns} columns, B has {b.Rows} rows.", nameof(b));
        }
        CheckDestination(c.Length, a.Rows, b.Columns, stride);
        fixed (T* pa = a.Data, pb = b.Data, pc = c)
        {
            if (typeof(T) == typeof(float))
            {
                var left = new StridedOperand<float>((float*)pa, a.RowStride, a.ColumnStride);
                var right = new StridedOperand<float>((float*)pb, b.ColumnStride, b.RowStride);
                TileChoice.Multiply(left, right, a.Rows, b.Columns, a.Columns, (float*)pc, stride, destination, ProductPart.All, workers, set);
            }
            else if (typeof(T) == typeof(double))
            {
                var left = new StridedOperand<double>((double*)pa, a.RowStride, a.ColumnStride);
                var right = new StridedOperand<double>((double*)pb, b.ColumnStride, b.RowStride);
                TileChoice.Multiply(left, right, a.Rows, b.Columns, a.Columns, (double*)pc, stride, destination, ProductPart.All, workers, set);
            }
            else
            {
                throw new NotSupportedException($"Matrix products are of float or double, not of {typeof(T)}.");
            }
        }
    }

    /// <summary>
    /// The upper triangle (j >= i) of the symmetric product X^T X of a row-major X (rows x n), into C (n x n); below the diagonal nothing is promised.
    /// </summary>
    public static void SymmetricProduct(ReadOnlySpan<float> x, int rows, int n, Span<float> c, Destination destination, Workers workers) =>
        SymmetricProduct(x, rows, n, c, destination, workers, InstructionSets.Best);

    /// <summary>As the other, with the kernels of <paramref name="set"/>.</summary>
    public static void SymmetricProduct(ReadOnlySpan<float> x, int rows, int n, Span<float> c, Destination destination, Workers workers, InstructionSet set)
    {
        if (x.Length < (long)rows * n)
        {
            throw new ArgumentException($"X has {x.Length} elements, not {rows} x {n}.", nameof(x));
        }
        CheckDestination(c.Length, n, n, n);
        fixed (float* px = x, pc = c)
        {
            var operand = new StridedOperand<float>(px, 1, n);
            TileChoice.Multiply(operand, operand, n, n, rows, pc, n, destination, ProductPart.UpperTriangle, workers, set);
        }
    }

    private static void CheckDestination(int length, int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        if (rows > 0 && length < ((long)(rows - 1) * stride) + columns)
        {
            throw new ArgumentException($"C has {length} elements, too few for {rows} x {columns} with stride {stride}.");
        }
    }
}
