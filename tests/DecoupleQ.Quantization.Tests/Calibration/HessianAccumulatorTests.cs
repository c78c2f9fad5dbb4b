using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Calibration;

public sealed class HessianAccumulatorTests
{
    [Theory]
    [InlineData(16, 1)]
    [InlineData(33, 100)]
    [InlineData(24, 2048)] // exactly one slab
    [InlineData(24, 4500)] // two and a part
    public void H_is_the_mean_of_the_inputs_products(int size, int rows)
    {
        float[] x = Inputs(size, rows);
        LayerHessian hessian = Accumulate(x, size, threads: 1, pieces: 3);
        Assert.Equal((size, (long)rows), (hessian.Size, hessian.Tokens));
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double expected = 0, size2 = 0;
                for (int t = 0; t < rows; t++)
                {
                    double product = (double)x[(t * size) + i] * x[(t * size) + j];
                    expected += product / rows;
                    size2 += Math.Abs(product) / rows;
                }
                Assert.Equal(expected, hessian.Values[(i * size) + j], 2e-5 * size2);
                Assert.Equal(hessian.Values[(i * size) + j], hessian.Values[(j * size) + i]);
            }
        }
    }

    [Fact]
    public void The_bits_depend_neither_on_the_threads_nor_on_how_rows_come_in()
    {
        const int Size = 70, Rows = 3000;
        float[] x = Inputs(Size, Rows);
        double[] expected = Accumulate(x, Size, threads: 1, pieces: 1).Values;
        Assert.Equal(expected, Accumulate(x, Size, threads: 2, pieces: 1).Values);
        Assert.Equal(expected, Accumulate(x, Size, threads: 3, pieces: 7).Values);
    }

    [Fact]
    public void Without_rows_H_is_zero()
    {
        LayerHessian hessian = Accumulate([], 4, threads: 1, pieces: 1);
        Assert.Equal(0, hessian.Tokens);
        Assert.All(hessian.Values, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(16, 5)]
    [InlineData(24, 4500)] // two slabs and a part
    public void The_gap_is_the_mean_of_the_inputs_products_with_what_parts_them_from_the_others(int size, int rows)
    {
        float[] x = Inputs(size, rows), y = [.. x.Select((value, i) => value * (1 + (0.01f * (i % 7))) + (i % 3 == 0 ? 1e-3f : 0))];
        double[] gap = Gap(x, y, size, threads: 1, pieces: 1);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double expected = 0, magnitude = 0;
                for (int t = 0; t < rows; t++)
                {
                    double product = x[(t * size) + i] * ((double)y[(t * size) + j] - x[(t * size) + j]);
                    expected += product / rows;
                    magnitude += Math.Abs(product) / rows;
                }
                // A difference of two float32 numbers that are alike has few digits of its own.
                Assert.Equal(expected, gap[(i * size) + j], 1e-4 * magnitude);
            }
        }
        Assert.Equal(gap, Gap(x, y, size, threads: 3, pieces: 4));
        Assert.All(Gap(x, x, size, threads: 1, pieces: 2), value => Assert.Equal(0, value));
        Assert.Equal(Accumulate(x, size, threads: 1, pieces: 1).Values, With(x, y, size, threads: 1, pieces: 1).Build().Values);
    }

    private static double[] Gap(float[] x, float[] dense, int size, int threads, int pieces) => With(x, dense, size, threads, pieces).BuildGap().Values;

    private static HessianAccumulator With(float[] x, float[] dense, int size, int threads, int pieces)
    {
        var accumulator = new HessianAccumulator(size, new Workers(threads), withGap: true);
        int rows = x.Length / size;
        for (int i = 0; i < pieces; i++)
        {
            Range part = (rows * i / pieces * size)..(rows * (i + 1) / pieces * size);
            accumulator.Add(x.AsSpan(part), dense.AsSpan(part));
        }
        return accumulator;
    }

    private static LayerHessian Accumulate(float[] x, int size, int threads, int pieces)
    {
        using var workers = new Workers(threads);
        var accumulator = new HessianAccumulator(size, workers);
        int rows = x.Length / size;
        for (int i = 0; i < pieces; i++)
        {
            accumulator.Add(x.AsSpan((rows * i / pieces * size)..(rows * (i + 1) / pieces * size)));
        }
        return accumulator.Build();
    }

    // Inputs of very different sizes, one of them dead.
    private static float[] Inputs(int size, int rows)
    {
        var random = new Random(size + rows);
        var x = new float[size * rows];
        for (int i = 0; i < x.Length; i++)
        {
            int column = i % size;
            x[i] = column == 5 ? 0 : (float)((random.NextDouble() - 0.4) * Math.Pow(10, column % 5 - 2));
        }
        return x;
    }
}
