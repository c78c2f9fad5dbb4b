using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class GptqTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(6, 2, -1)]
    [InlineData(64, 2, 32)]
    [InlineData(160, 3, -1)]
    [InlineData(288, 4, 32)]
    [InlineData(300, 8, -1)]
    public void The_ldl_form_reaches_the_objective_of_the_textbook_form(int n, int bits, int groupSize)
    {
        const int m = 21;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize), n);
        (float[] s, float[] z, double[] losses) = Round(problem);
        var textbook = new TextbookGptq(Oracle.Damped(problem.Hessian));
        int groups = problem.Format.Groups(n);
        double sum = 0, expectedSum = 0;
        int same = 0;
        for (int i = 0; i < m; i++)
        {
            double expected = textbook.Loss(problem.Weights.AsSpan(i * n, n), s.AsSpan(i * groups, groups), z.AsSpan(i * groups, groups), problem.Format);
            sum += losses[i];
            expectedSum += expected;
            same += Math.Abs(losses[i] / expected - 1) < 1e-4 ? 1 : 0;
        }
        // A weight on a tie may round otherwise and send the rest of its row another way, neither better nor worse.
        output.WriteLine($"{same} of {m} rows alike, mean f {sum / m:g6} against {expectedSum / m:g6}");
        Assert.InRange(same, m - 3, m);
        Assert.Equal(1, sum / expectedSum, 0.02);
    }

    [Theory]
    [InlineData(2, -1)]
    [InlineData(2, 3)]
    [InlineData(3, -1)]
    public void On_a_diagonal_matrix_it_is_optimal(int bits, int groupSize)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            int n = bits == 3 ? 4 : 6;
            LayerProblem problem = new("diagonal", 1, n, Problems.Weights(1, n, seed), Problems.Diagonal(n, seed), new QuantizationFormat(bits, groupSize));
            (float[] s, float[] z, double[] losses) = Round(problem);
            double optimum = Oracle.IntegerMinimum(Oracle.Damped(problem.Hessian), problem.Weights, s, z, problem.Format);
            Assert.Equal(1, losses[0] / optimum, 1e-5);
        }
    }

    [Fact]
    public void It_is_never_better_than_trying_every_integer_vector_and_mostly_as_good_or_near()
    {
        double sum = 0, optimalSum = 0, nearestSum = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            int n = 2 + (seed % 5);
            LayerProblem problem = Problems.Random(1, n, new QuantizationFormat(2, -1), seed);
            (float[] s, float[] z, double[] losses) = Round(problem);
            double[,] h = Oracle.Damped(problem.Hessian);
            double optimum = Oracle.IntegerMinimum(h, problem.Weights, s, z, problem.Format);
            Assert.True(losses[0] >= optimum * (1 - 1e-5));
            var nearest = new sbyte[n];
            RoundToNearest.Round(Problems.Rows(problem), s, z, nearest);
            sum += losses[0];
            optimalSum += optimum;
            nearestSum += Oracle.Loss(h, problem.Weights, nearest, s, z);
        }
        output.WriteLine($"GPTQ {sum:g4}, optimal {optimalSum:g4}, nearest {nearestSum:g4}");
        Assert.True(sum < nearestSum);
        Assert.True(sum < 1.25 * optimalSum);
    }

    [Fact]
    public void Columns_are_taken_in_order_of_decreasing_diagonal()
    {
        LayerHessian hessian = Problems.Correlated(50, 3);
        int[] order = PreparedHessian.Create(hessian, new SolverOptions(), Problems.OneThread).Order;
        Assert.Equal(Enumerable.Range(0, 50), order.Order());
        for (int k = 1; k < order.Length; k++)
        {
            Assert.True(hessian.Values[order[k] * 51] <= hessian.Values[order[k - 1] * 51]);
        }
    }

    [Fact]
    public void A_row_alone_gets_the_integers_that_it_gets_among_others()
    {
        const int m = 70, n = 200;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, -1), 5);
        PreparedHessian hessian = Problems.Prepare(problem);
        float[] s = new float[m], z = new float[m];
        MinMax.Start(Problems.Rows(problem), s, z);
        sbyte[] all = new sbyte[m * n], one = new sbyte[n];
        Gptq.Round(Problems.Rows(problem), hessian, s, z, all);
        for (int i = 0; i < m; i += 23)
        {
            Gptq.Round(Problems.Rows(problem).Slice(i, 1), hessian, s.AsSpan(i, 1), z.AsSpan(i, 1), one);
            Assert.Equal(one, all.AsSpan(i * n, n));
        }
    }

    /// <summary>GPTQ on the min-max scales, f by the oracle.</summary>
    private static (float[] Scales, float[] Offsets, double[] Losses) Round(LayerProblem problem)
    {
        int groups = problem.Format.Groups(problem.Inputs), n = problem.Inputs;
        float[] s = new float[problem.Outputs * groups], z = new float[problem.Outputs * groups];
        var w = new sbyte[problem.Outputs * n];
        MinMax.Start(Problems.Rows(problem), s, z);
        Gptq.Round(Problems.Rows(problem), Problems.Prepare(problem), s, z, w);
        Assert.All(w, code => Assert.InRange(code, problem.Format.Alpha, problem.Format.Beta));
        double[,] h = Oracle.Damped(problem.Hessian);
        var losses = new double[problem.Outputs];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = Oracle.Loss(h, problem.Weights.AsSpan(i * n, n), w.AsSpan(i * n, n), s.AsSpan(i * groups, groups), z.AsSpan(i * groups, groups));
        }
        return (s, z, losses);
    }
}
