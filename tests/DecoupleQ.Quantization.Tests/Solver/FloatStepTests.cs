using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class FloatStepTests
{
    [Theory]
    [InlineData(6, 2, -1)]
    [InlineData(6, 2, 3)]
    [InlineData(6, 2, 2)]
    [InlineData(40, 2, 10)]
    [InlineData(96, 2, 32)]
    [InlineData(96, 3, -1)]
    [InlineData(64, 4, 16)]
    [InlineData(32, 8, 8)]
    public void The_result_is_the_dense_least_squares_minimum(int n, int bits, int groupSize)
    {
        const int m = 12;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize), n + bits);
        Candidate candidate = Rounded(problem);
        Solve(problem, candidate);
        AssertMinimal(problem, candidate, 1e-4);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(32)]
    public void It_finds_scales_and_offsets_that_fit_exactly(int groupSize)
    {
        const int m = 3, n = 96;
        var format = new QuantizationFormat(2, groupSize);
        int groups = format.Groups(n);
        LayerProblem problem = Problems.Random(m, n, format, 11);
        Candidate candidate = Rounded(problem);
        var random = new Random(1);
        float[] s = [.. Enumerable.Range(0, m * groups).Select(_ => 0.5f + random.NextSingle())], z = [.. s.Select(v => v - 0.7f)];
        for (int i = 0; i < m * n; i++)
        {
            int g = i / format.ColumnsPerGroup(n);
            problem.Weights[i] = (s[g] * candidate.Integers[i]) + z[g];
        }
        Solve(problem, candidate);
        for (int g = 0; g < s.Length; g++)
        {
            Assert.Equal(s[g], candidate.Scales[g], 2e-5);
            Assert.Equal(z[g], candidate.Offsets[g], 2e-5);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(16)]
    public void In_a_group_of_equal_integers_the_offset_alone_moves(int groupSize)
    {
        const int m = 4, n = 48;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, groupSize), 12);
        Candidate candidate = Rounded(problem);
        int size = problem.Format.ColumnsPerGroup(n);
        for (int i = 0; i < m; i++)
        {
            candidate.Integers.AsSpan(i * n, size).Fill((sbyte)(i - 2));
        }
        float[] before = (float[])candidate.Scales.Clone();
        Solve(problem, candidate);
        int groups = problem.Format.Groups(n);
        for (int i = 0; i < m; i++)
        {
            Assert.Equal(before[i * groups], candidate.Scales[i * groups]);
        }
        AssertMinimal(problem, candidate, 1e-4);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(16)]
    public void A_negative_scale_is_turned_over_without_changing_the_weights(int groupSize)
    {
        const int m = 4, n = 48;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, groupSize), 13);
        Candidate candidate = Rounded(problem);
        // Integers that run against the weights make the best scale negative.
        foreach (ref sbyte w in candidate.Integers.AsSpan())
        {
            w = (sbyte)(-1 - w);
        }
        sbyte[] before = (sbyte[])candidate.Integers.Clone();
        Solve(problem, candidate);
        Assert.All(candidate.Scales, s => Assert.True(s >= 0));
        Assert.NotEqual(before, candidate.Integers);
        AssertMinimal(problem, candidate, 1e-4);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_memory_that_it_may_use()
    {
        const int m = 30, n = 128;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, 32), 14);
        Candidate all = Rounded(problem), one = Rounded(problem);
        Solve(problem, all);
        Solve(problem, one, memory: 1);
        Assert.Equal(all.Scales, one.Scales);
        Assert.Equal(all.Offsets, one.Offsets);
    }

    private static Candidate Rounded(LayerProblem problem)
    {
        var candidate = new Candidate(problem.Outputs, problem.Inputs, problem.Format.Groups(problem.Inputs));
        MinMax.Start(Problems.Rows(problem), candidate.Scales, candidate.Offsets);
        RoundToNearest.Round(Problems.Rows(problem), candidate.Scales, candidate.Offsets, candidate.Integers);
        return candidate;
    }

    private static void Solve(LayerProblem problem, Candidate candidate, long memory = 1 << 20) =>
        new FloatStep(Problems.Prepare(problem), problem.Format, memory).Solve(Problems.Rows(problem), candidate.Rows(0, problem.Outputs));

    private static void AssertMinimal(LayerProblem problem, Candidate candidate, double tolerance)
    {
        double[,] h = Oracle.Damped(problem.Hessian);
        int n = problem.Inputs, groups = problem.Format.Groups(n);
        for (int i = 0; i < problem.Outputs; i++)
        {
            ReadOnlySpan<float> b = problem.Weights.AsSpan(i * n, n);
            ReadOnlySpan<sbyte> w = candidate.Integers.AsSpan(i * n, n);
            double loss = Oracle.Loss(h, b, w, candidate.Scales.AsSpan(i * groups, groups), candidate.Offsets.AsSpan(i * groups, groups));
            double minimum = Oracle.FloatMinimum(h, b, w, problem.Format.ColumnsPerGroup(n));
            // Where the unknowns are as many as the weights the minimum is 0.
            double rounding = 1e-12 * Oracle.Loss(h, b, w, new float[groups], new float[groups]);
            Assert.InRange(loss, (minimum * (1 - 1e-9)) - rounding, (minimum * (1 + tolerance)) + rounding);
        }
    }
}
