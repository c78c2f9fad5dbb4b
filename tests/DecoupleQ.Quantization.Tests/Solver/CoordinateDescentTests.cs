using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class CoordinateDescentTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(30, 2, -1, false)]
    [InlineData(160, 2, 32, false)]
    [InlineData(160, 2, 32, true)]
    [InlineData(300, 3, -1, false)]
    [InlineData(130, 4, 26, true)]
    [InlineData(160, 2, 32, false, CoordinateOrder.Decreasing)]
    [InlineData(300, 3, -1, true, CoordinateOrder.Decreasing)]
    public void When_it_has_settled_no_single_integer_can_be_improved(
        int n, int bits, int groupSize, bool symmetric, CoordinateOrder order = CoordinateOrder.Given)
    {
        const int m = 19;
        var layer = new RoundingCase(Problems.Random(m, n, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, n));
        sbyte[] w = layer.Nearest();
        Assert.True(CoordinateDescent.Descend(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, w, 1000, order));
        int columns = layer.Problem.Format.ColumnsPerGroup(n);
        for (int i = 0; i < m; i++)
        {
            double loss = Oracle.Loss(layer.Damped, layer.B(i), layer.W(w, i), layer.S(i), layer.Z(i));
            var residual = new double[n];
            for (int j = 0; j < n; j++)
            {
                residual[j] = ((double)layer.S(i)[j / columns] * w[(i * n) + j]) + layer.Z(i)[j / columns] - layer.B(i)[j];
            }
            for (int j = 0; j < n; j++)
            {
                double slope = 0, s = layer.S(i)[j / columns];
                for (int k = 0; k < n; k++)
                {
                    slope += layer.Damped[j, k] * residual[k];
                }
                for (int level = layer.Problem.Format.Alpha; level <= layer.Problem.Format.Beta; level++)
                {
                    double move = s * (level - w[(i * n) + j]), change = (2 * move * slope) + (move * move * layer.Damped[j, j]);
                    Assert.True(change >= -1e-3 * s * s * layer.Damped[j, j], $"row {i}, column {j}: {change / loss} of f to be had at level {level}");
                }
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(32)]
    public void Each_sweep_lowers_f_of_a_row_or_leaves_it(int groupSize)
    {
        const int m = 40, n = 192;
        var layer = new RoundingCase(Problems.Random(m, n, new QuantizationFormat(2, groupSize), 51));
        sbyte[] w = layer.Nearest();
        double[] losses = layer.Losses(w);
        bool settled = false;
        for (int sweep = 0; !settled; sweep++)
        {
            Assert.True(sweep < 200);
            sbyte[] before = [.. w];
            settled = CoordinateDescent.Descend(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, w, 1);
            Assert.Equal(settled, before.AsSpan().SequenceEqual(w));
            double[] next = layer.Losses(w);
            output.WriteLine($"sweep {sweep}: {next.Average():g6}");
            Assert.All(Enumerable.Range(0, m), i => Assert.True(next[i] <= losses[i] * (1 + 1e-6)));
            losses = next;
        }
    }

    [Fact]
    public void Decreasing_order_is_that_of_a_layer_whose_columns_stand_so()
    {
        const int m = 20, n = 150;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, -1), 54);
        var layer = new RoundingCase(problem);
        int[] order = layer.Hessian.Order;
        Assert.NotEqual(order.Order(), order);
        float[] weights = new float[m * n];
        double[] h = new double[n * n];
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < m; i++)
            {
                weights[(i * n) + k] = problem.Weights[(i * n) + order[k]];
            }
            for (int l = 0; l < n; l++)
            {
                h[(k * n) + l] = problem.Hessian.Values[(order[k] * n) + order[l]];
            }
        }
        var sorted = new RoundingCase(problem with { Weights = weights, Hessian = problem.Hessian with { Values = h } });
        sbyte[] w = layer.Nearest(), expected = sorted.Nearest(), given = layer.Nearest();
        CoordinateDescent.Descend(sorted.Rows, sorted.Hessian, sorted.Scales, sorted.Offsets, expected, 1);
        CoordinateDescent.Descend(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, w, 1, CoordinateOrder.Decreasing);
        CoordinateDescent.Descend(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, given, 1);
        for (int i = 0; i < m; i++)
        {
            for (int k = 0; k < n; k++)
            {
                Assert.Equal(expected[(i * n) + k], w[(i * n) + order[k]]);
            }
        }
        Assert.NotEqual(given, w);
    }

    [Fact]
    public void It_takes_up_where_gptq_ends_or_from_better_integers()
    {
        const int m = 40, n = 160;
        var layer = new RoundingCase(Problems.Random(m, n, new QuantizationFormat(2, -1), 52));
        double[] gptq = layer.Losses(layer.Solve(IntegerSolver.Gptq));
        sbyte[] w = layer.Solve(IntegerSolver.CoordinateDescent);
        double[] descended = layer.Losses(w);
        output.WriteLine($"GPTQ {gptq.Average():g4}, coordinate descent {descended.Average():g4}");
        Assert.All(Enumerable.Range(0, m), i => Assert.True(descended[i] <= gptq[i] * (1 + 1e-6)));
        Assert.True(descended.Sum() < 0.995 * gptq.Sum());

        // From its own answer it goes on, never back to GPTQ's.
        new CoordinateDescent(2).Solve(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, w);
        double[] again = layer.Losses(w);
        Assert.All(Enumerable.Range(0, m), i => Assert.True(again[i] <= descended[i] * (1 + 1e-6)));
    }

    [Fact]
    public void Groups_without_a_scale_keep_their_integers()
    {
        var layer = new RoundingCase(Problems.Random(3, 64, new QuantizationFormat(2, 32), 53));
        layer.Scales[0] = layer.Scales[3] = 0;
        var w = new sbyte[3 * 64];
        CoordinateDescent.Descend(layer.Rows, layer.Hessian, layer.Scales, layer.Offsets, w, 10);
        Assert.DoesNotContain(w[..32], code => code != 0);
        Assert.DoesNotContain(w[96..128], code => code != 0);
        Assert.Contains(w[32..64], code => code != 0);
    }
}
