using System.Numerics.Tensors;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>
/// The gradient of <see cref="LayerNorm"/>: <c>y = n weight + bias</c>, <c>n = r (x - mean(x))</c>, <c>r = (variance(x) + epsilon)^(-1/2)</c>.
/// </summary>
/// <remarks>
/// <c>dx = r (g - mean(g) - n mean(g n))</c> with <c>g = weight dy</c>; <c>dweight = sum over rows of dy n</c>; <c>dbias = sum over rows of dy</c>.
/// </remarks>
internal static class LayerNormBackward
{
    /// <summary>Turns dY into dX where it lies, and adds to the gradients of weight and bias.</summary>
    /// <param name="weight">One factor a feature.</param>
    /// <param name="bias">One term a feature, or null.</param>
    /// <param name="input">x, tokens x width.</param>
    /// <param name="gradient">dY, tokens x width; becomes dX.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="workers">The team.</param>
    public static void Run(TrainedTensor weight, TrainedTensor? bias, float[] input, float[] gradient, int tokens, float epsilon, Workers workers)
    {
        int width = weight.Values.Length;
        // The weight's gradient, then the bias's.
        float[] sums = TokenRows.Sum(tokens, width, 2 * width, workers, (rows, sums) =>
        {
            using Scratch<float> scratch = Scratch<float>.Rent(width);
            for (int start = rows.Start.Value; start < rows.End.Value; start += width)
            {
                RunOne(weight.Values, input.AsSpan(start, width), gradient.AsSpan(start, width), epsilon, sums[..width], sums[width..], scratch.Span);
            }
        });
        TensorPrimitives.Add(weight.Gradient, sums.AsSpan(0, width), weight.Gradient);
        if (bias is not null)
        {
            TensorPrimitives.Add(bias.Gradient, sums.AsSpan(width), bias.Gradient);
        }
    }

    private static void RunOne(
        ReadOnlySpan<float> weight, ReadOnlySpan<float> x, Span<float> gradient, float epsilon,
        Span<float> weightGradient, Span<float> biasGradient, Span<float> normalized)
    {
        float r = LayerNorm.Normalize(x, epsilon, normalized);
        TensorPrimitives.Add(biasGradient, gradient, biasGradient);
        TensorPrimitives.MultiplyAdd(gradient, normalized, weightGradient, weightGradient);
        TensorPrimitives.Multiply(gradient, weight, gradient);
        double mean = DoubleSums.Sum(gradient) / x.Length, along = DoubleSums.Dot(gradient, normalized) / x.Length;
        TensorPrimitives.Subtract(gradient, (float)mean, gradient);
        TensorPrimitives.Multiply(normalized, (float)-along, normalized);
        TensorPrimitives.Add(gradient, normalized, gradient);
        TensorPrimitives.Multiply(gradient, r, gradient);
    }
}
