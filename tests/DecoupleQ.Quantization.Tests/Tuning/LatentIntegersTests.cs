using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Gradients;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Tuning;

public sealed class LatentIntegersTests
{
    private const int Inputs = 96, Outputs = 5;

    [Theory]
    [InlineData(2, 32)]
    [InlineData(3, -1)]
    public void Latents_stand_for_the_solutions_integers_and_lie_where_the_dense_weights_do(int bits, int groupSize)
    {
        (LayerSolution solution, float[] dense, LatentIntegers latents) = Random(new QuantizationFormat(bits, groupSize));
        for (int i = 0; i < dense.Length; i++)
        {
            int pair = i / solution.Format.ColumnsPerGroup(Inputs), w = solution.Integers[i];
            Assert.Equal(w, MathF.Round(latents.Values[i]));
            float exact = (dense[i] - solution.Offsets[pair]) / solution.Scales[pair];
            Assert.Equal(Math.Clamp(exact, w - 0.45f, w + 0.45f), latents.Values[i]);
        }
    }

    [Fact]
    public void A_constant_group_keeps_its_integers()
    {
        (LayerSolution solution, float[] dense, _) = Random(new QuantizationFormat(2, 32));
        solution.Scales[1] = 0;
        LatentIntegers latents = LatentIntegers.Of(solution, dense, Inputs);
        Assert.Equal(solution.Integers[32..64].Select(w => (float)w), latents.Values[32..64]);
    }

    [Theory]
    [InlineData(2, 32)]
    [InlineData(2, -1)]
    [InlineData(4, 32)]
    public void A_step_equals_that_of_the_textbook_and_rounds_within_the_format(int bits, int groupSize)
    {
        var format = new QuantizationFormat(bits, groupSize);
        (LayerSolution solution, _, LatentIntegers latents) = Random(format);
        var layer = new TrainedLinear(format, Inputs, Outputs, [.. solution.Integers], solution.Scales, solution.Offsets) { Latents = latents };
        var options = new AdamOptions { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-12, WeightDecay = 0 };
        var adam = new LatentAdam(layer, options);
        double[] x = [.. latents.Values.Select(v => (double)v)], m = new double[x.Length], v = new double[x.Length];
        var random = new Random(5);
        using var workers = new Workers(2);
        for (int step = 1; step <= 6; step++)
        {
            float[] gradient = Blocks.Uniform(random, x.Length);
            latents.WeightGradient = [.. gradient];
            adam.Step(0.3, workers);
            Assert.All(latents.WeightGradient, g => Assert.Equal(0, g));
            for (int i = 0; i < x.Length; i++)
            {
                double g = gradient[i] * solution.Scales[i / format.ColumnsPerGroup(Inputs)];
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.95 * v[i]) + (0.05 * g * g);
                x[i] -= 0.3 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step))) + 1e-12);
                x[i] = Math.Clamp(x[i], format.Alpha - 0.45, format.Beta + 0.45);
                Assert.Equal(x[i], latents.Values[i], 1e-4);
                Assert.Equal((sbyte)MathF.Round(latents.Values[i]), layer.Integers[i]);
                Assert.InRange(layer.Integers[i], format.Alpha, format.Beta);
            }
        }
        Assert.NotEqual(solution.Integers, layer.Integers);
    }

    private static (LayerSolution Solution, float[] Dense, LatentIntegers Latents) Random(QuantizationFormat format)
    {
        var random = new Random(3);
        TrainedLinear layer = Blocks.Affine(random, Inputs, Outputs, format);
        var solution = new LayerSolution(format, layer.Integers, layer.Scales.Values, layer.Offsets.Values, ElementType.F16, 0, 0);
        float[] dense = Blocks.Uniform(random, Inputs * Outputs, -0.6, 0.6);
        return (solution, dense, LatentIntegers.Of(solution, dense, Inputs));
    }
}
