using CsCheck;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>Products with B_hat decoded on the way, against float64 sums over B_hat written out.</summary>
public sealed class TrainedLinearTests
{
    private static readonly int[] GroupSizes = [1, 7, 24, 32, 64, 600], Bits = [2, 3, 4, 8];
    private static readonly Gen<(int Outputs, int GroupSize, int Groups, int Bits, int Tokens)> Shapes =
        Gen.Select(Gen.Int[1, 140], Gen.Int[0, 5].Select(i => GroupSizes[i]), Gen.Int[1, 4], Gen.Int[0, 3].Select(i => Bits[i]), Gen.Int[1, 70]);

    [Fact]
    public void Products_both_ways_and_gradients_equal_the_oracle() => Gen.Select(Shapes, Gen.Bool, Gen.UInt).Sample(
        (shape, add, seed) =>
        {
            var random = new Random((int)seed);
            int n = shape.GroupSize * shape.Groups, m = shape.Outputs, tokens = shape.Tokens;
            TrainedLinear layer = Blocks.Affine(random, n, m, new QuantizationFormat(shape.Bits, shape.GroupSize));
            float[] x = Blocks.Uniform(random, tokens * n), dy = Blocks.Uniform(random, tokens * m);
            float[] y = new float[tokens * m], dx = Blocks.Uniform(random, tokens * n), dxBefore = [.. dx];
            using var workers = new Workers(2);
            layer.Multiply(x, tokens, y, workers);
            layer.MultiplyTransposed(dy, tokens, dx, add ? Destination.Add : Destination.Overwrite, workers);
            TrainedLinearBackward.Accumulate(layer, dy, x, tokens, workers);

            double size = shape.Bits == 8 ? 64 : 4;
            double[] b = new double[m * n], ds = new double[m * shape.Groups], dz = new double[ds.Length];
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    int pair = (i * shape.Groups) + (j / shape.GroupSize), at = (i * n) + j;
                    b[at] = ((double)layer.Scales.Values[pair] * layer.Integers[at]) + layer.Offsets.Values[pair];
                    double gradient = 0;
                    for (int t = 0; t < tokens; t++)
                    {
                        gradient += (double)dy[(t * m) + i] * x[(t * n) + j];
                    }
                    ds[pair] += gradient * layer.Integers[at];
                    dz[pair] += gradient;
                }
            }
            AssertClose(y, (r, c) => Sum(n, j => x[(r * n) + j] * b[(c * n) + j]), m, 1e-6 * size * n);
            AssertClose(dx, (r, c) => (add ? dxBefore[(r * n) + c] : 0) + Sum(m, i => dy[(r * m) + i] * b[(i * n) + c]), n, 1e-6 * size * m);
            AssertClose(layer.Scales.Gradient, (r, c) => ds[(r * shape.Groups) + c], shape.Groups, 1e-6 * size * tokens * shape.GroupSize);
            AssertClose(layer.Offsets.Gradient, (r, c) => dz[(r * shape.Groups) + c], shape.Groups, 1e-6 * tokens * shape.GroupSize);
        },
        iter: 40);

    [Fact]
    public void Gradients_of_several_sequences_add_up()
    {
        var random = new Random(1);
        TrainedLinear layer = Blocks.Affine(random, 32, 5, new QuantizationFormat(2, 16));
        float[] x = Blocks.Uniform(random, 3 * 32), dy = Blocks.Uniform(random, 3 * 5);
        using var workers = new Workers(1);
        TrainedLinearBackward.Accumulate(layer, dy, x, 3, workers);
        float[] once = [.. layer.Scales.Gradient];
        TrainedLinearBackward.Accumulate(layer, dy, x, 3, workers);
        Assert.Equal([.. once.Select(g => 2 * g)], layer.Scales.Gradient);
    }

    [Fact]
    public void Parts_of_another_size_are_refused()
    {
        var format = new QuantizationFormat(2, 32);
        Assert.Throws<ArgumentException>(() => new TrainedLinear(format, 64, 3, new sbyte[191], new float[6], new float[6]));
        Assert.Throws<ArgumentException>(() => new TrainedLinear(format, 64, 3, new sbyte[192], new float[5], new float[6]));
        Assert.Throws<ArgumentException>(() => new TrainedLinear(format, 48, 4, new sbyte[192], new float[6], new float[6]));
    }

    private static double Sum(int count, Func<int, double> term) => Enumerable.Range(0, count).Sum(term);

    private static void AssertClose(float[] actual, Func<int, int, double> expected, int columns, double tolerance)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            double e = expected(i / columns, i % columns);
            Assert.True(Math.Abs(actual[i] - e) <= tolerance, $"Element {i}: expected {e}, got {actual[i]} ({tolerance:G3} allowed).");
        }
    }
}
