namespace DecoupleQ.Kernels;

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
            double sum = 0;
            for (int j = 0; j < width; j++)
            {
                sum += (double)input[start + j] * input[start + j];
            }
            float factor = (float)(1 / Math.Sqrt((sum / width) + epsilon));
            for (int j = 0; j < width; j++)
            {
                output[start + j] = input[start + j] * factor * weight[j];
            }
        }
    }
}
