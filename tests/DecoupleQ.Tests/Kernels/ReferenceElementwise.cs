using DecoupleQ.Kernels;

namespace DecoupleQ.Tests.Kernels;

/// <summary>
/// The scalar oracles of <see cref="RmsNorm"/>, <see cref="Rotary"/>, <see cref="Silu"/>, <see cref="GeluTanh"/> and <see cref="Softmax"/>: element by element,
/// in float64.
/// </summary>
internal static class ReferenceElementwise
{
    public static void RmsNorm(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, float epsilon, Span<float> output)
    {
        int width = weight.Length;
        for (int start = 0; start < input.Length; start += width)
        {
            double sum = 0;
            for (int j = 0; j < width; j++)
            {
                sum += (double)input[start + j] * input[start + j];
            }
            double factor = 1 / Math.Sqrt((sum / width) + epsilon);
            for (int j = 0; j < width; j++)
            {
                output[start + j] = (float)(input[start + j] * factor * weight[j]);
            }
        }
    }

    public static void Rotary(ReadOnlySpan<float> input, int heads, int headSize, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, Span<float> output)
    {
        int half = headSize / 2, width = heads * headSize;
        for (int t = 0; t < input.Length / width; t++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int i = 0; i < half; i++)
                {
                    double c = cosines[(t * half) + i], s = sines[(t * half) + i];
                    int first = (t * width) + (h * headSize) + i;
                    double a = input[first], b = input[first + half];
                    output[first] = (float)((a * c) - (b * s));
                    output[first + half] = (float)((b * c) + (a * s));
                }
            }
        }
    }

    public static void Silu(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (float)(input[i] / (1 + Math.Exp(-input[i])));
        }
    }

    public static void GeluTanh(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            double x = input[i], u = Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x));
            // (1 + tanh(u)) / 2 without the cancellation at u far below 0.
            output[i] = (float)(x / (1 + Math.Exp(-2 * u)));
        }
    }

    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double maximum = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
        {
            maximum = Math.Max(maximum, logit);
        }
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - maximum);
        }
        return maximum + Math.Log(sum);
    }

    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        double logSum = LogSumExp(logits);
        for (int i = 0; i < logits.Length; i++)
        {
            probabilities[i] = (float)Math.Exp(logits[i] - logSum);
        }
    }
}
