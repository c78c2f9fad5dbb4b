using System.Numerics.Tensors;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>
/// The gradient of <see cref="RmsNorm"/>: <c>y = r x weight</c>, <c>r = (mean(x^2) + epsilon)^(-1/2)</c>, over runs of weight.Length numbers.
/// </summary>
/// <remarks><c>dx = r (weight dy) - x r^3 mean(weight dy x)</c>, <c>dweight = sum over runs of dy x r</c>.</remarks>
internal static class RmsNormBackward
{
    /// <summary>Turns dY into dX where it lies, and adds to the weight's gradient.</summary>
    /// <param name="weight">One factor a feature, for every run of a row.</param>
    /// <param name="input">x, tokens x width.</param>
    /// <param name="gradient">dY, tokens x width; becomes dX.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="width">Numbers in a row, a multiple of the weight's length.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="workers">The team.</param>
    public static void Run(TrainedTensor weight, float[] input, float[] gradient, int tokens, int width, float epsilon, Workers workers)
    {
        int size = weight.Values.Length;
        float[] sums = TokenRows.Sum(tokens, width, size, workers, (rows, weightGradient) =>
        {
            using Scratch<float> scratch = Scratch<float>.Rent(size);
            for (int start = rows.Start.Value; start < rows.End.Value; start += size)
            {
                RunOne(weight.Values, input.AsSpan(start, size), gradient.AsSpan(start, size), epsilon, weightGradient, scratch.Span);
            }
        });
        TensorPrimitives.Add(weight.Gradient, sums, weight.Gradient);
    }

    private static void RunOne(
        ReadOnlySpan<float> weight, ReadOnlySpan<float> x, Span<float> gradient, float epsilon, Span<float> weightGradient, Span<float> scratch)
    {
        double r = 1 / Math.Sqrt((DoubleSums.Dot(x, x) / x.Length) + epsilon);
        TensorPrimitives.Multiply(gradient, x, scratch);
        TensorPrimitives.MultiplyAdd(scratch, (float)r, weightGradient, weightGradient);
        double mean = DoubleSums.Dot(scratch, weight) / x.Length;
        TensorPrimitives.Multiply(gradient, weight, gradient);
        TensorPrimitives.Multiply(x, (float)(-mean * r * r), scratch);
        TensorPrimitives.Add(gradient, scratch, gradient);
        TensorPrimitives.Multiply(gradient, (float)r, gradient);
    }
}
