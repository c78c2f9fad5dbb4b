using CsCheck;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Tests.LinearAlgebra;

public sealed class SemidefiniteSolveTests
{
    [Fact]
    public void A_definite_system_is_solved()
    {
        Gen.Int[1, 40].Select(Gen.Int).Sample((n, seed) =>
        {
            (double[] a, double[] x, double[] y) = System(n, n, seed);
            SemidefiniteSolve.Solve(a, n, y, 1e-12);
            return Enumerable.Range(0, n).All(i => Math.Abs(x[i] - y[i]) < 1e-9);
        }, iter: 200);
    }

    [Fact]
    public void A_singular_system_is_solved_with_the_dependent_unknowns_at_zero()
    {
        Gen.Int[2, 30].Select(Gen.Int).Sample((n, seed) =>
        {
            int rank = n / 2;
            (double[] a, _, double[] y) = System(n, rank, seed);
            double[] original = (double[])a.Clone(), side = (double[])y.Clone();
            SemidefiniteSolve.Solve(a, n, y, 1e-10);
            bool solves = Enumerable.Range(0, n).All(i => Math.Abs(Enumerable.Range(0, n).Sum(j => original[(i * n) + j] * y[j]) - side[i]) < 1e-9);
            return solves && y.Count(v => v == 0) == n - rank;
        }, iter: 200);
    }

    [Fact]
    public void An_unknown_that_nothing_depends_on_stays_at_zero()
    {
        double[] a = [2, 0, 0, 0, 0, 0, 1, 0, 3], y = [4, 5, 7];
        SemidefiniteSolve.Solve(a, 3, y, 1e-12);
        Assert.Equal(0, y[1]);
        Assert.Equal(1, y[0], 1e-12);
        Assert.Equal(2, y[2], 1e-12);
    }

    // A = F F^T for n x rank factors F whose rows, in any order, are independent and well conditioned or else copies of those: which pivots vanish is then
    // a matter of the rows' structure, not of rounding. (Random factors have, once in thousands, a leading part that is singular to working precision.)
    private static (double[] A, double[] X, double[] Y) System(int n, int rank, int seed)
    {
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, n)];
        random.Shuffle(order);
        var rows = new double[n][];
        for (int i = 0; i < n; i++)
        {
            rows[order[i]] = i < rank
                ? [.. Enumerable.Range(0, rank).Select(k => (k == i ? 1 : 0) + ((random.NextDouble() - 0.5) / rank))]
                : [.. rows[order[i % rank]].Select(v => v * (i % 2 == 0 ? 2 : -0.5))];
        }
        double[] x = [.. rows.Select(_ => random.NextDouble() - 0.5)];
        double[] a = [.. rows.SelectMany(row => rows.Select(other => row.Zip(other, (u, v) => u * v).Sum()))];
        double[] y = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => a[(i * n) + j] * x[j]))];
        return (a, x, y);
    }
}
