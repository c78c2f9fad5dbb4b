using CsCheck;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>Formats without an offset: <c>b_hat = s w</c>, s of either sign.</summary>
public sealed class SymmetricTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(2, -1)]
    [InlineData(2, 32)]
    [InlineData(3, 64)]
    [InlineData(4, 32)]
    [InlineData(8, -1)]
    public void What_is_stored_decodes_to_scale_times_integer(int bits, int groupSize)
    {
        const int m = 20, n = 128;
        LayerProblem problem = Problems.Random(m, n, Format(bits, groupSize), 81);
        LayerSolution solution = Problems.Solve(problem);
        Assert.Equal(ElementType.F16, solution.ScaleType);
        Assert.DoesNotContain(solution.Offsets, z => z != 0);
        Assert.Contains(solution.Scales, s => s < 0);
        Assert.Contains(solution.Scales, s => s > 0);
        AffineMatrix packed = PackedLayer.Pack(solution, m, n);
        var decoded = new float[m * n];
        packed.DequantizeRows(0, m, decoded);
        int columns = solution.Format.ColumnsPerGroup(n);
        for (int i = 0; i < decoded.Length; i++)
        {
            Assert.Equal(solution.Scales[i / columns] * solution.Integers[i], decoded[i]);
        }
        for (int g = 0; g < solution.Scales.Length; g++)
        {
            float bias = packed.Biases.Span[g];
            Assert.Equal((float)(Half)bias, bias);
            Assert.Equal(solution.Format.Alpha * solution.Scales[g], bias);
        }
    }

    [Theory]
    [InlineData(6, -1)]
    [InlineData(6, 3)]
    [InlineData(96, 32)]
    [InlineData(96, -1)]
    [InlineData(64, 8)]
    public void The_float_step_is_the_least_squares_minimum_over_the_scales(int n, int groupSize)
    {
        const int m = 12;
        var layer = new RoundingCase(Problems.Random(m, n, Format(2, groupSize), n));
        Candidate candidate = new(m, n, layer.Groups);
        layer.Nearest().CopyTo(candidate.Integers, 0);
        layer.Scales.CopyTo(candidate.Scales, 0);
        // A group of zeros has no say in its scale.
        candidate.Integers.AsSpan(0, layer.Problem.Format.ColumnsPerGroup(n)).Clear();
        sbyte[] before = [.. candidate.Integers];
        new FloatStep(layer.Hessian, layer.Problem.Format, 1 << 20).Solve(layer.Rows, candidate.Rows(0, m));
        Assert.Equal(before, candidate.Integers);
        Assert.DoesNotContain(candidate.Offsets, z => z != 0);
        Assert.Equal(layer.Scales[0], candidate.Scales[0]);
        int columns = layer.Problem.Format.ColumnsPerGroup(n);
        for (int i = 0; i < m; i++)
        {
            for (int g = 0; g < layer.Groups; g++)
            {
                // At the minimum f has no slope along any scale: w[g]^T H (b_hat - b) = 0.
                double slope = 0, size = 0;
                for (int j = g * columns; j < (g + 1) * columns; j++)
                {
                    for (int k = 0; k < n; k++)
                    {
                        double residual = (candidate.Scales[(i * layer.Groups) + (k / columns)] * candidate.Integers[(i * n) + k]) - layer.B(i)[k];
                        double term = candidate.Integers[(i * n) + j] * layer.Damped[j, k] * residual;
                        slope += term;
                        size += Math.Abs(term);
                    }
                }
                Assert.True(Math.Abs(slope) <= 2e-5 * size, $"row {i}, group {g}: {slope} of {size}");
            }
        }
    }

    [Fact]
    public void On_tiny_layers_it_never_beats_the_joint_optimum_and_comes_close()
    {
        double sum = 0, optimum = 0, gptq = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            LayerProblem problem = Problems.Random(1, 5, Format(2, -1), seed);
            var options = new SolverOptions { Rounding = IntegerSolver.CoordinateDescent, Start = StartSearch.DiagonalSearch };
            double loss = Problems.Solve(problem, options).Loss, least = JointMinimum(problem);
            Assert.True(loss >= least * (1 - 1e-5));
            sum += loss;
            optimum += least;
            gptq += Problems.Solve(problem, new SolverOptions { Rounds = 0 }).Loss;
        }
        output.WriteLine($"alternation {sum:g4}, joint optimum {optimum:g4}, GPTQ {gptq:g4}");
        Assert.True(sum - optimum <= 0.5 * (gptq - optimum));
    }

    [Fact]
    public void The_start_covers_the_larger_side_with_the_side_that_has_a_level_more()
    {
        (float scale, float offset) = MinMax.Shrunk(-1, 3, 1, Format(2, -1));
        Assert.Equal((-2f, 0f), (scale, offset));
        (scale, offset) = MinMax.Shrunk(-3, 1, 0.5, Format(2, -1));
        Assert.Equal((1f, 0f), (scale, offset));
    }

    [Fact]
    public void A_scale_of_either_sign_is_rounded_to_half_precision_and_the_offset_stays_zero()
    {
        Gen.Select(Gen.OneOf(Gen.Const(2), Gen.Const(3), Gen.Const(4), Gen.Const(8)), Gen.Double[-13.9, 8.9], Gen.Bool).Sample((bits, exponent, negative) =>
        {
            float scale = (float)((negative ? -1 : 1) * Math.Pow(2, exponent));
            float[] s = [scale], z = [0];
            QuantizationFormat format = Format(bits, -1);
            ElementType type = StoredPair.Type(format, s, z, ElementType.F16);
            StoredPair.Round(format, type, s, z);
            float bias = format.Alpha * s[0];
            return s[0] == (type == ElementType.F16 ? (float)(Half)scale : scale)
                && z[0] == 0
                && type == (Math.Abs(bias) < 65504 ? ElementType.F16 : ElementType.F32)
                && (type == ElementType.F32 || (float)(Half)bias == bias);
        });
    }

    [Fact]
    public void A_small_scale_is_dropped_only_where_every_integer_is_zero()
    {
        float[] s = [1e-6f, 1e-6f, 0.5f], z = [0, 0, 0];
        StoredPair.ClearIdleScales(Format(2, 2), 6, [0, 0, 1, 1, 0, 0], s, z);
        Assert.Equal([0f, 1e-6f, 0.5f], s);
        Assert.Equal([0f, 0f, 0f], z);
    }

    private static QuantizationFormat Format(int bits, int groupSize) => new(bits, groupSize) { Symmetric = true };

    /// <summary>The minimum of f over all integer vectors and, for each, the scale: <c>b^T H b - (w^T H b)^2 / w^T H w</c>.</summary>
    private static double JointMinimum(LayerProblem problem)
    {
        double[,] h = Oracle.Damped(problem.Hessian);
        int n = problem.Inputs, levels = 1 << problem.Format.Bits, vectors = (int)Math.Pow(levels, n);
        double[] b = [.. problem.Weights.Select(x => (double)x)];
        double energy = Oracle.Quadratic(h, b), best = energy;
        var w = new double[n];
        for (int vector = 1; vector < vectors; vector++)
        {
            for (int j = 0, rest = vector; j < n; j++, rest /= levels)
            {
                w[j] = (rest % levels) + problem.Format.Alpha;
            }
            double ww = Oracle.Quadratic(h, w), wb = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    wb += w[i] * h[i, j] * b[j];
                }
            }
            best = ww > 0 ? Math.Min(best, energy - (wb * wb / ww)) : best;
        }
        return best;
    }
}
