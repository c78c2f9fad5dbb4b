using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Tests.LinearAlgebra;

public sealed class ReverseCholeskyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(37)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(300)]
    public void The_factor_times_its_transpose_is_the_matrix(int n)
    {
        double[] a = PositiveDefinite(n, n);
        double[] r = (double[])a.Clone();
        Assert.True(ReverseCholesky.TryFactor(r, n, new Workers(1)));
        for (int i = 0; i < n; i++)
        {
            Assert.True(r[(i * n) + i] > 0);
            for (int j = i; j < n; j++)
            {
                double sum = 0;
                for (int k = j; k < n; k++)
                {
                    sum += r[(i * n) + k] * r[(j * n) + k];
                }
                Assert.Equal(a[(i * n) + j], sum, 1e-11 * n);
            }
        }
    }

    [Fact]
    public void Only_the_upper_triangle_is_read()
    {
        const int n = 200;
        double[] a = PositiveDefinite(n, 1), b = (double[])a.Clone();
        for (int i = 0; i < n; i++)
        {
            b.AsSpan(i * n, i).Fill(double.NaN);
        }
        Assert.True(ReverseCholesky.TryFactor(a, n, new Workers(1)));
        Assert.True(ReverseCholesky.TryFactor(b, n, new Workers(1)));
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(a.AsSpan((i * n) + i, n - i), b.AsSpan((i * n) + i, n - i));
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(37, 37)]
    [InlineData(128, 70)]
    [InlineData(300, 130)]
    public void The_factor_solves_for_many_columns_and_on_any_number_of_threads(int n, int columns)
    {
        double[] a = PositiveDefinite(n, n), r = (double[])a.Clone();
        Assert.True(ReverseCholesky.TryFactor(r, n, new Workers(1)));
        for (int i = 0; i < n; i++)
        {
            r.AsSpan(i * n, i).Fill(double.NaN); // not read
        }
        var random = new Random(n);
        double[] x = [.. Enumerable.Range(0, n * columns).Select(_ => random.NextDouble() - 0.5)], y = new double[n * columns];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                y[(i * columns) + j] = Enumerable.Range(0, n).Sum(k => a[(i * n) + k] * x[(k * columns) + j]);
            }
        }
        double[] again = (double[])y.Clone();
        ReverseCholesky.Solve(r, n, y, columns, new Workers(1));
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(x[i], y[i], 1e-9);
        }
        using var three = new Workers(3);
        ReverseCholesky.Solve(r, n, again, columns, three);
        Assert.Equal(y, again);
    }

    [Fact]
    public void One_and_two_threads_give_the_same_bits()
    {
        const int n = 400;
        double[] a = PositiveDefinite(n, 2), b = (double[])a.Clone();
        using var two = new Workers(2);
        ReverseCholesky.TryFactor(a, n, new Workers(1));
        ReverseCholesky.TryFactor(b, n, two);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(a.AsSpan((i * n) + i, n - i), b.AsSpan((i * n) + i, n - i));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(199)]
    public void An_indefinite_matrix_is_refused(int where)
    {
        const int n = 200;
        double[] a = PositiveDefinite(n, 3);
        a[(where * n) + where] = -1e-3;
        Assert.False(ReverseCholesky.TryFactor(a, n, new Workers(1)));
    }

    [Fact]
    public void A_singular_matrix_is_refused()
    {
        const int n = 150;
        var a = new double[n * n];
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = Math.Sin(1 + (i / n)) * Math.Sin(1 + (i % n));
        }
        Assert.False(ReverseCholesky.TryFactor(a, n, new Workers(1)));
    }

    [Fact]
    public void A_matrix_with_a_number_that_is_none_is_refused()
    {
        const int n = 150;
        double[] a = PositiveDefinite(n, 4);
        a[(3 * n) + 140] = double.NaN;
        Assert.False(ReverseCholesky.TryFactor(a, n, new Workers(1)));
    }

    private static double[] PositiveDefinite(int n, int seed)
    {
        var random = new Random(seed);
        var x = new double[n * n];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = random.NextDouble() - 0.5;
        }
        var a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < n; k++)
                {
                    a[(i * n) + j] += x[(i * n) + k] * x[(j * n) + k];
                }
            }
            a[(i * n) + i] += 0.1;
        }
        return a;
    }
}
