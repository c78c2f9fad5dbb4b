using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class DiagonalSearchTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(2, -1, false)]
    [InlineData(2, 24, false)]
    [InlineData(4, 32, false)]
    [InlineData(2, 24, true)]
    [InlineData(3, -1, true)]
    public void It_loses_less_than_any_shrunk_range_and_little_more_than_after_further_refinement(int bits, int groupSize, bool symmetric)
    {
        const int m = 10, n = 96;
        var layer = new RoundingCase(Problems.Random(m, n, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 71));
        float[] s = new float[layer.Scales.Length], z = new float[layer.Scales.Length];
        DiagonalSearch.Find(layer.Rows, layer.Hessian, s, z);
        int columns = layer.Problem.Format.ColumnsPerGroup(n);
        double sum = 0, shrunkSum = 0, settledSum = 0;
        for (int g = 0; g < s.Length; g++)
        {
            float[] b = layer.Problem.Weights[(g * columns)..((g + 1) * columns)], d = layer.Hessian.Innovations[(g % layer.Groups * columns)..][..columns];
            (float low, float high) = MinMax.Range(b);
            double least = double.PositiveInfinity;
            for (int i = 0; i < 160; i++)
            {
                (float shrunkScale, float shrunkOffset) = MinMax.Shrunk(low, high, ShrinkSearch.Factor(i), layer.Problem.Format);
                least = Math.Min(least, Error(b, d, shrunkScale, shrunkOffset, layer.Problem.Format));
            }
            double error = Error(b, d, s[g], z[g], layer.Problem.Format);
            Assert.True(error <= 1.1 * least);
            sum += error;
            shrunkSum += least;
            settledSum += Settled(b, d, s[g], z[g], layer.Problem.Format);
        }
        output.WriteLine($"search {sum:g4}, best shrunk ranges {shrunkSum:g4}, after further refinement {settledSum:g4}");
        Assert.True(sum < shrunkSum);
        Assert.True(sum < 1.04 * settledSum);
    }

    [Fact]
    public void The_weights_are_what_later_inputs_do_not_explain()
    {
        const int n = 40;
        LayerHessian hessian = Problems.Correlated(n, 72);
        PreparedHessian prepared = PreparedHessian.Create(hessian, new SolverOptions(), Problems.OneThread);
        double[,] damped = Oracle.Damped(hessian);
        double second = 0.01 * Enumerable.Range(0, n).Average(i => damped[i, i]);
        for (int k = 0; k < n; k++)
        {
            // The Schur complement of the inputs rounded after column k: the inverse of an element of an inverse.
            int[] rest = prepared.Order[k..];
            var block = new double[rest.Length, rest.Length];
            for (int i = 0; i < rest.Length; i++)
            {
                for (int j = 0; j < rest.Length; j++)
                {
                    block[i, j] = damped[rest[i], rest[j]] + (i == j ? second : 0);
                }
            }
            Assert.Equal(1 / Oracle.Inverse(block)[0, 0], prepared.Innovations[rest[0]] * prepared.Unit, 1e-5 * damped[rest[0], rest[0]]);
        }
    }

    [Fact]
    public void Weights_that_are_levels_are_found()
    {
        var format = new QuantizationFormat(2, 32);
        LayerProblem problem = Problems.Random(4, 64, format, 73);
        var random = new Random(73);
        for (int i = 0; i < problem.Weights.Length; i++)
        {
            problem.Weights[i] = (0.5f * random.Next(format.Alpha, format.Beta + 1)) + 0.2f;
        }
        float[] s = new float[8], z = new float[8];
        DiagonalSearch.Find(Problems.Rows(problem), Problems.Prepare(problem), s, z);
        Assert.All(s, scale => Assert.Equal(0.5f, scale, 1e-4f));
        Assert.All(z, offset => Assert.Equal(0.2f, offset, 1e-4f));
    }

    [Theory]
    [InlineData(2, -1, false)]
    [InlineData(2, 32, false)]
    [InlineData(4, -1, false)]
    [InlineData(2, 32, true)]
    public void With_coordinate_descent_it_ends_lower_than_the_published_steps(int bits, int groupSize, bool symmetric)
    {
        LayerProblem problem = Problems.Random(60, 128, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 74);
        var both = new SolverOptions { Rounding = IntegerSolver.CoordinateDescent, Start = StartSearch.DiagonalSearch };
        double published = Problems.Solve(problem).Loss, searched = Problems.Solve(problem, both).Loss;
        output.WriteLine($"published {published:g4}, diagonal search and coordinate descent {searched:g4}");
        Assert.True(searched < 0.97 * published);
    }

    [Fact]
    public void Widening_leaves_the_middle_of_the_levels_where_it_was()
    {
        var format = new QuantizationFormat(2, -1);
        float[] s = [0.5f, 0.25f], z = [0.1f, -0.3f], widerScales = new float[2], widerOffsets = new float[2];
        DiagonalSearch.Widen(format, 1.1f, s, z, widerScales, widerOffsets);
        for (int g = 0; g < 2; g++)
        {
            Assert.Equal(1.1f * s[g], widerScales[g], 1e-6f);
            Assert.Equal(z[g] - (0.5f * s[g]), widerOffsets[g] - (0.5f * widerScales[g]), 1e-6f);
        }
        DiagonalSearch.Widen(format with { Symmetric = true }, 1.1f, s, [0, 0], widerScales, widerOffsets);
        Assert.Equal([0f, 0f], widerOffsets);
    }

    /// <summary>The error after as many rounds of rounding and weighted least squares as it takes.</summary>
    private static double Settled(float[] b, float[] d, double s, double z, QuantizationFormat format)
    {
        for (int round = 0; round < 100; round++)
        {
            double d0 = 0, dw = 0, dww = 0, db = 0, dwb = 0;
            for (int j = 0; j < b.Length; j++)
            {
                double w = Math.Clamp(Math.Floor(((b[j] - z) / s) + 0.5), format.Alpha, format.Beta);
                (d0, dw, dww, db, dwb) = (d0 + d[j], dw + (d[j] * w), dww + (d[j] * w * w), db + (d[j] * b[j]), dwb + (d[j] * w * b[j]));
            }
            s = format.Symmetric ? dwb / dww : ((d0 * dwb) - (dw * db)) / ((d0 * dww) - (dw * dw));
            z = format.Symmetric ? 0 : (db - (dw * s)) / d0;
        }
        return Error(b, d, s, z, format);
    }

    /// <summary>sum of d (s Q(b) + z - b)^2.</summary>
    private static double Error(float[] b, float[] d, double s, double z, QuantizationFormat format)
    {
        double sum = 0;
        for (int j = 0; j < b.Length; j++)
        {
            double w = Math.Clamp(Math.Floor(((b[j] - z) / s) + 0.5), format.Alpha, format.Beta), error = (s * w) + z - b[j];
            sum += d[j] * error * error;
        }
        return sum;
    }
}
