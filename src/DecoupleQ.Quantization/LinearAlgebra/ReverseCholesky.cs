using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.LinearAlgebra;

/// <summary>The Cholesky factorisation taken from the last row and column to the first: <c>A = R R^T</c> with R upper triangular.</summary>
/// <remarks>
/// With <c>R = (U + I) D^(1/2)</c> this is the factorisation that LDLQ needs (Chee et al., arXiv 2307.13304, section 3), without an inverse.
/// Blocked: the trailing update, which is nearly all of the n^3 / 3 work, runs on <see cref="Gemm"/>.
/// </remarks>
internal static class ReverseCholesky
{
    private const int Block = 128;
    private const int UpdatePanel = 512;
    private const int SolveRows = 32;
    private const int SolveColumns = 64;

    /// <summary>
    /// Factors a symmetric matrix in place. Only the upper triangle is read; it becomes R. What is below the diagonal is left as scratch.
    /// </summary>
    /// <param name="a">n x n, row-major.</param>
    /// <param name="n">Rows and columns.</param>
    /// <param name="workers">Threads.</param>
    /// <returns>
    /// False if a pivot is not positive, or so small beside its diagonal element that rounding made it; <paramref name="a"/> is then useless.
    /// </returns>
    public static bool TryFactor(double[] a, int n, Workers workers)
    {
        if (n == 0)
        {
            return true;
        }
        // Below this share of its diagonal element a pivot is what rounding left of a zero.
        double vanishing = n * 2.3e-16;
        var diagonal = new double[n];
        for (int i = 0; i < n; i++)
        {
            diagonal[i] = a[((long)i * n) + i];
        }
        int lastStart = (n - 1) / Block * Block;
        for (int start = lastStart; start >= 0; start -= Block)
        {
            int size = Math.Min(Block, n - start);
            if (!FactorDiagonalBlock(a, n, start, size, diagonal, vanishing))
            {
                return false;
            }
            SolveAbove(a, n, start, size, workers);
            UpdateLeading(a, n, start, size, workers);
        }
        return true;
    }

    /// <summary>Solves <c>R R^T X = Y</c> in place, for many columns at once.</summary>
    /// <param name="r">R, n x n, row-major, as <see cref="TryFactor"/> leaves it: what is below the diagonal is not read.</param>
    /// <param name="n">Rows and columns of R.</param>
    /// <param name="y">n x <paramref name="columns"/>, row-major; becomes X.</param>
    /// <param name="columns">Columns of Y.</param>
    /// <param name="workers">Threads; the result does not depend on them.</param>
    public static void Solve(double[] r, int n, double[] y, int columns, Workers workers)
    {
        // R Z = Y from the last rows to the first, then R^T X = Z from the first to the last.
        for (int start = (n - 1) / Block * Block; start >= 0; start -= Block)
        {
            int size = Math.Min(Block, n - start), after = start + size;
            if (after < n)
            {
                var left = new MatrixView<double>(r.AsSpan(Index(n, start, after)), size, n - after, n);
                var right = new MatrixView<double>(y.AsSpan(after * columns), n - after, columns, columns);
                Gemm.Multiply(left, right, y.AsSpan(start * columns, size * columns), columns, Destination.Subtract, workers);
            }
            SolveDiagonalBlock(r, n, start, size, y, columns, transposed: false, workers);
        }
        for (int start = 0; start < n; start += Block)
        {
            int size = Math.Min(Block, n - start);
            if (start > 0)
            {
                MatrixView<double> left = new MatrixView<double>(r.AsSpan(start), start, size, n).Transposed;
                var right = new MatrixView<double>(y, start, columns, columns);
                Gemm.Multiply(left, right, y.AsSpan(start * columns, size * columns), columns, Destination.Subtract, workers);
            }
            SolveDiagonalBlock(r, n, start, size, y, columns, transposed: true, workers);
        }
    }

    // Each thread has some columns of Y, whose rows of a block stay in its cache.
    private static void SolveDiagonalBlock(double[] r, int n, int start, int size, double[] y, int columns, bool transposed, Workers workers)
    {
        workers.For((columns + SolveColumns - 1) / SolveColumns, part =>
        {
            int first = part * SolveColumns, width = Math.Min(SolveColumns, columns - first);
            for (int step = 0; step < size; step++)
            {
                int k = transposed ? step : size - 1 - step;
                Span<double> solved = y.AsSpan(Index(columns, start + k, first), width);
                TensorPrimitives.Divide(solved, r[Index(n, start + k, start + k)], solved);
                for (int i = transposed ? k + 1 : 0; i < (transposed ? size : k); i++)
                {
                    double element = transposed ? r[Index(n, start + k, start + i)] : r[Index(n, start + i, start + k)];
                    Span<double> row = y.AsSpan(Index(columns, start + i, first), width);
                    TensorPrimitives.MultiplyAdd(solved, -element, row, row);
                }
            }
        });
    }

    private static bool FactorDiagonalBlock(double[] a, int n, int start, int size, double[] diagonal, double vanishing)
    {
        for (int c = size - 1; c >= 0; c--)
        {
            Span<double> pivotRow = Row(a, n, start + c, start + c, size - c);
            ReadOnlySpan<double> right = pivotRow[1..];
            double pivot = pivotRow[0] - TensorPrimitives.Dot<double>(right, right);
            if (!(pivot > vanishing * diagonal[start + c]) || !double.IsFinite(pivot))
            {
                return false;
            }
            double root = Math.Sqrt(pivot);
            pivotRow[0] = root;
            for (int r = 0; r < c; r++)
            {
                Span<double> row = Row(a, n, start + r, start + c, size - c);
                row[0] = (row[0] - TensorPrimitives.Dot<double>(row[1..], right)) / root;
            }
        }
        return true;
    }

    /// <summary>The rows above the diagonal block: X R_kk^T = A, each row by itself from its last column to its first.</summary>
    private static void SolveAbove(double[] a, int n, int start, int size, Workers workers)
    {
        workers.For((start + SolveRows - 1) / SolveRows, part =>
        {
            int end = Math.Min(start, (part + 1) * SolveRows);
            for (int r = part * SolveRows; r < end; r++)
            {
                Span<double> x = Row(a, n, r, start, size);
                for (int c = size - 1; c >= 0; c--)
                {
                    ReadOnlySpan<double> factor = Row(a, n, start + c, start + c, size - c);
                    x[c] = (x[c] - TensorPrimitives.Dot<double>(x[(c + 1)..], factor[1..])) / factor[0];
                }
            }
        });
    }

    /// <summary>A[0..start, 0..start] -= X X^T, on and above the diagonal, panel of columns by panel.</summary>
    private static void UpdateLeading(double[] a, int n, int start, int size, Workers workers)
    {
        for (int column = 0; column < start; column += UpdatePanel)
        {
            int width = Math.Min(UpdatePanel, start - column);
            var left = new MatrixView<double>(a.AsSpan(start), column + width, size, n);
            var right = new MatrixView<double>(a.AsSpan(Index(n, column, start)), width, size, n);
            Gemm.Multiply(left, right.Transposed, a.AsSpan(column), n, Destination.Subtract, workers);
        }
    }

    private static Span<double> Row(double[] a, int n, int row, int column, int length) => a.AsSpan(Index(n, row, column), length);

    private static int Index(int n, int row, int column) => checked((row * n) + column);
}
