using System.Numerics.Tensors;

namespace DecoupleQ.Quantization.LinearAlgebra;

/// <summary>Solves small symmetric positive semi-definite systems in float64 by Cholesky, leaving out the unknowns whose pivot vanishes.</summary>
internal static class SemidefiniteSolve
{
    /// <summary>
    /// Solves A x = y in place. An unknown whose pivot is at most <paramref name="tolerance"/> of its diagonal element depends on the unknowns before it
    /// (or on nothing): it is set to 0 and the others are solved without it.
    /// </summary>
    /// <param name="a">size x size, row-major; only the lower triangle is read; destroyed.</param>
    /// <param name="size">Number of unknowns.</param>
    /// <param name="y">The right-hand side; becomes x.</param>
    /// <param name="tolerance">Relative size of a pivot that counts as zero.</param>
    public static void Solve(Span<double> a, int size, Span<double> y, double tolerance)
    {
        for (int i = 0; i < size; i++)
        {
            Span<double> row = a.Slice(i * size, i + 1);
            double original = row[i];
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> other = a.Slice(j * size, j + 1);
                // A left-out unknown has a zero on the diagonal and a zero column.
                row[j] = other[j] == 0 ? 0 : (row[j] - TensorPrimitives.Dot<double>(row[..j], other[..j])) / other[j];
            }
            double pivot = original - TensorPrimitives.Dot<double>(row[..i], row[..i]);
            row[i] = pivot > tolerance * original && double.IsFinite(pivot) ? Math.Sqrt(pivot) : 0;
            y[i] = row[i] == 0 ? 0 : (y[i] - TensorPrimitives.Dot<double>(row[..i], y[..i])) / row[i];
        }
        for (int i = size - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = a.Slice(i * size, i + 1);
            if (row[i] == 0)
            {
                continue;
            }
            double x = y[i] / row[i];
            y[i] = x;
            TensorPrimitives.MultiplyAdd(row[..i], -x, y[..i], y[..i]);
        }
    }
}
