using CsCheck;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>Min-max scales, nearest rounding, the objective and the search over shrunk ranges.</summary>
public sealed class StartTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(new[] { 0.5f, 1f, 2f, 3f }, 2, 1f, 2f)]
    [InlineData(new[] { -3f, -1f, -2f, -0.5f }, 2, 1f, -1f)]
    [InlineData(new[] { -1f, 2f, 0f, 0f }, 2, 1f, 1f)]
    [InlineData(new[] { -7f, 8f, 0f, 0f }, 4, 1f, 1f)]
    [InlineData(new[] { 0f, 0f, 0f, 0f }, 2, 0f, 0f)]
    public void The_range_of_a_group_includes_zero(float[] group, int bits, float scale, float offset)
    {
        float[] s = [9], z = [9];
        MinMax.Start(new LayerRows(group, 1, 4, new QuantizationFormat(bits, -1)), s, z);
        Assert.Equal(scale, s[0]);
        Assert.Equal(offset, z[0]);
    }

    [Fact]
    public void Every_weight_gets_its_nearest_level_and_halves_go_up()
    {
        Gen<int> widths = Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8));
        Gen.Select(widths, Gen.Int[-2000, 2000], Gen.Int[1, 8], Gen.Int[-20, 20]).Sample((bits, value, scale, offset) =>
        {
            // Multiples of 1/16: everything here is exact in float32.
            var format = new QuantizationFormat(bits, -1);
            float b = value / 16f, s = scale / 4f, z = offset / 4f;
            var w = new sbyte[1];
            RoundToNearest.Round(new LayerRows([b], 1, 1, format), [s], [z], w);
            double chosen = Math.Abs((s * w[0]) + z - b);
            for (int level = format.Alpha; level <= format.Beta; level++)
            {
                double other = Math.Abs((s * level) + z - b);
                if (other < chosen - 1e-6 || (Math.Abs(other - chosen) < 1e-6 && level > w[0] && s > 0 && Math.Abs(other - (s / 2)) < 1e-6))
                {
                    return false;
                }
            }
            return true;
        });
    }

    [Fact]
    public void A_scale_of_zero_gives_integer_zero()
    {
        var w = new sbyte[] { 1, 1, 1 };
        RoundToNearest.Round(new LayerRows([0.25f, 0.5f, -1f], 1, 3, new QuantizationFormat(2, -1)), [0f], [0.25f], w);
        Assert.Equal(new sbyte[3], w);
    }

    [Fact]
    public void Sixteen_lanes_round_as_one()
    {
        Gen.Select(
            Gen.OneOf(Gen.Const(2), Gen.Const(8)), Gen.Float.Array[16], Gen.OneOf(Gen.Float, Gen.Const(0f)), Gen.Float).Sample((bits, values, scale, offset) =>
        {
            var levels = new Levels(new QuantizationFormat(bits, -1));
            var lanes = levels.Nearest(
                System.Runtime.Intrinsics.Vector512.Create(values),
                System.Runtime.Intrinsics.Vector512.Create(scale),
                System.Runtime.Intrinsics.Vector512.Create(offset));
            return Enumerable.Range(0, 16).All(i => lanes[i] == levels.Nearest(values[i], scale, offset) && !float.IsNaN(lanes[i]));
        });
    }

    [Theory]
    [InlineData(6, -1)]
    [InlineData(96, 32)]
    [InlineData(300, -1)]
    public void The_objective_is_the_quadratic_form_of_the_damped_matrix(int n, int groupSize)
    {
        const int m = 5;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, groupSize), n);
        var candidate = new Candidate(m, n, problem.Format.Groups(n));
        CandidateRows rows = candidate.Rows(0, m);
        MinMax.Start(Problems.Rows(problem), rows.Scales, rows.Offsets);
        RoundToNearest.Round(Problems.Rows(problem), rows.Scales, rows.Offsets, rows.Integers);
        PreparedHessian hessian = Problems.Prepare(problem);
        Objective.Evaluate(Problems.Rows(problem), rows, hessian);
        double[,] h = Oracle.Damped(problem.Hessian);
        int groups = problem.Format.Groups(n);
        for (int i = 0; i < m; i++)
        {
            double expected = Oracle.Loss(
                h,
                problem.Weights.AsSpan(i * n, n),
                rows.Integers.Slice(i * n, n),
                rows.Scales.Slice(i * groups, groups),
                rows.Offsets.Slice(i * groups, groups));
            Assert.Equal(1, rows.Losses[i] * hessian.Unit / expected, 1e-5);
        }
    }

    [Theory]
    [InlineData(2, 96, -1)]
    [InlineData(2, 96, 32)]
    [InlineData(3, 128, 64)]
    [InlineData(4, 150, -1)]
    [InlineData(8, 64, 32)]
    public void The_search_finds_what_trying_every_factor_finds(int bits, int n, int groupSize)
    {
        const int m = 40, steps = 160;
        var format = new QuantizationFormat(bits, groupSize);
        LayerProblem problem = Problems.Random(m, n, format, bits + n);
        // Weights for which integers sit on ties: zeros in a symmetric range, and multiples of a level.
        problem.Weights[0] = 0.5f;
        problem.Weights[1] = -0.5f;
        problem.Weights[2] = 0;
        problem.Weights[3] = 0.25f;
        PreparedHessian hessian = Problems.Prepare(problem);
        int groups = format.Groups(n);
        float[] scales = new float[m * groups], offsets = new float[m * groups];
        var best = new int[m];
        ShrinkSearch.Find(Problems.Rows(problem), hessian, steps, scales, offsets, best);

        var tried = new double[steps][];
        for (int step = 0; step < steps; step++)
        {
            CandidateRows candidate = new Candidate(m, n, groups).Rows(0, m);
            for (int g = 0; g < m * groups; g++)
            {
                int size = format.ColumnsPerGroup(n);
                (float low, float high) = MinMax.Range(problem.Weights.AsSpan(g * size, size));
                (candidate.Scales[g], candidate.Offsets[g]) = MinMax.Shrunk(low, high, 1 - (step / 200.0), format);
            }
            RoundToNearest.Round(Problems.Rows(problem), candidate.Scales, candidate.Offsets, candidate.Integers);
            Objective.Evaluate(Problems.Rows(problem), candidate, hessian);
            tried[step] = candidate.Losses.ToArray();
        }
        int same = 0;
        for (int i = 0; i < m; i++)
        {
            double lowest = tried.Min(losses => losses[i]);
            Assert.InRange(tried[best[i]][i], lowest, lowest * (1 + 1e-5));
            same += tried[best[i]][i] == lowest ? 1 : 0;
            (float low, float high) = MinMax.Range(problem.Weights.AsSpan(i * n, format.ColumnsPerGroup(n)));
            Assert.Equal(MinMax.Shrunk(low, high, 1 - (best[i] / 200.0), format), (scales[i * groups], offsets[i * groups]));
        }
        output.WriteLine($"the very same factor for {same} of {m} rows; factors {string.Join(' ', best.Order())}");
        Assert.True(best.Distinct().Count() > 1);
    }
}
