using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Elementwise;

/// <summary>
/// Layer normalisation: <c>y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias</c>, per row, with the variance over n (not n - 1).
/// </summary>
internal static class LayerNorm
{
    /// <param name="input">rows x weight.Length.</param>
    /// <param name="weight">One factor a feature.</param>
    /// <param name="bias">One term a feature; empty for none.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="output">As <paramref name="input"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> output)
    {
        int width = weight.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            Span<float> row = output.Slice(start, width);
            Normalize(input.Slice(start, width), epsilon, row);
            TensorPrimitives.Multiply(row, weight, row);
            if (!bias.IsEmpty)
            {
                TensorPrimitives.Add(row, bias, row);
            }
        }
    }

    /// <summary>Makes mean 0 and variance 1 of a row.</summary>
    /// <param name="row">x.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="normalized">As <paramref name="row"/>; may be the same memory.</param>
    /// <returns>The factor that was applied, <c>1 / sqrt(variance + epsilon)</c>.</returns>
    public static float Normalize(ReadOnlySpan<float> row, float epsilon, Span<float> normalized)
    {
        double sum = 0, squares = 0;
        foreach (float x in row)
        {
            sum += x;
        }
        double mean = sum / row.Length;
        foreach (float x in row)
        {
            squares += (x - mean) * (x - mean);
        }
        float factor = (float)(1 / Math.Sqrt((squares / row.Length) + epsilon));
        for (int j = 0; j < row.Length; j++)
        {
            normalized[j] = (float)((row[j] - mean) * factor);
        }
        return factor;
    }
}
