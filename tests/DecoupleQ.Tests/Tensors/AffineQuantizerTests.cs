using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Tensors;

public sealed class AffineQuantizerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 0.01)]
    [InlineData(4, 0.11)]
    public void The_error_is_below_that_of_rounding_within_the_range(int bits, double relative)
    {
        float[] weights = Normal(50 * 256, 0.02, seed: 1);
        AffineMatrix matrix = AffineQuantizer.Quantize(new DenseMatrix(50, 256, weights), "head", bits, 64, threads: 2, Token);
        Assert.Equal((ElementType.F16, 64, bits), (matrix.ScaleType, matrix.GroupSize, matrix.Bits));
        double error = SquaredError(weights, Dequantized(matrix)), plain = 0, norm = 0;
        for (int g = 0; g < weights.Length; g += 64)
        {
            float low = weights[g..(g + 64)].Min(), step = (weights[g..(g + 64)].Max() - low) / ((1 << bits) - 1);
            for (int j = g; j < g + 64; j++)
            {
                double back = (MathF.Round((weights[j] - low) / step) * step) + low;
                plain += (back - weights[j]) * (back - weights[j]);
                norm += (double)weights[j] * weights[j];
            }
        }
        Assert.True(error < plain, $"{error} is not below {plain}.");
        Assert.InRange(Math.Sqrt(error / norm), 0, relative);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads_and_is_exact_in_its_type()
    {
        var weight = new DenseMatrix(200, 128, Normal(200 * 128, 1, seed: 2));
        AffineMatrix one = AffineQuantizer.Quantize(
            weight, "head", 4, 64, threads: 1, Token), two = AffineQuantizer.Quantize(weight, "head", 4, 64, threads: 2, Token);
        Assert.True(one.Codes.Span.SequenceEqual(two.Codes.Span));
        Assert.True(one.Scales.Span.SequenceEqual(two.Scales.Span));
        Assert.True(one.Biases.Span.SequenceEqual(two.Biases.Span));
        Assert.All(one.Scales.ToArray().Concat(one.Biases.ToArray()), v => Assert.Equal(v, FloatFormat.Round(ElementType.F16, v)));
    }

    [Fact]
    public void Constant_groups_are_exact_where_their_value_is()
    {
        float[] weights = [.. Enumerable.Repeat(0.5f, 64), .. new float[64]];
        Assert.Equal(weights, Dequantized(AffineQuantizer.Quantize(new DenseMatrix(1, 128, weights), "head", 4, 64, threads: 1, Token)));
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e7)]
    [InlineData(1e37)]
    public void Scales_that_half_precision_cannot_hold_are_stored_as_float32(double size)
    {
        float[] weights = Normal(4 * 64, size, seed: 3);
        AffineMatrix matrix = AffineQuantizer.Quantize(new DenseMatrix(4, 64, weights), "head", 8, 64, threads: 1, Token);
        Assert.Equal(ElementType.F32, matrix.ScaleType);
        double norm = SquaredError(weights, new float[weights.Length]);
        Assert.InRange(Math.Sqrt(SquaredError(weights, Dequantized(matrix)) / norm), 0, 0.01);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_refused_by_name(float value)
    {
        float[] weights = Normal(4 * 64, 1, seed: 4);
        weights[200] = value;
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => AffineQuantizer.Quantize(new DenseMatrix(4, 64, weights), "lm_head", 8, 64, threads: 2, Token));
        Assert.Equal("lm_head", error.Field);
        Assert.Contains("Row 3", error.Message);
    }

    [Fact]
    public void Groups_that_do_not_divide_the_inputs_are_refused() =>
        Assert.Equal(
            "lm_head",
            Assert.Throws<DecoupleQException>(
                () => AffineQuantizer.Quantize(new DenseMatrix(1, 96, new float[96]), "lm_head", 8, 64, threads: 1, Token)).Field);

    private static float[] Normal(int count, double deviation, int seed)
    {
        var random = new Random(seed);
        return [
            .. Enumerable.Range(0, count).Select(
                _ => (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))
        ];
    }

    private static double SquaredError(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();

    private static float[] Dequantized(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, values);
        return values;
    }
}
