using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Elementwise;

/// <summary>Root-mean-square normalisation: <c>y = x / sqrt(mean(x^2) + epsilon) * weight</c>, per row.</summary>
internal static class RmsNorm
{
    /// <param name="input">rows x weight.Length.</param>
    /// <param name="weight">One factor a feature.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="output">As <paramref name="input"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, float epsilon, Span<float> output)
    {
        int width = weight.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            ReadOnlySpan<float> row = input.Slice(start, width);
            Span<float> result = output.Slice(start, width);
            float factor = (float)(1 / Math.Sqrt(((double)TensorPrimitives.SumOfSquares(row) / width) + epsilon));
            TensorPrimitives.Multiply(row, factor, result);
            TensorPrimitives.Multiply(result, weight, result);
        }
    }
}
