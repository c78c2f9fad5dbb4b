using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

/// <summary>The scalar oracle of <see cref="Attention"/>: one query and one head after the other, in float64.</summary>
internal static class ReferenceAttention
{
    /// <summary>
    /// As <see cref="Attention.Causal(in AttentionShape, ReadOnlySpan{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, int, Span{float}, Workers)"/>.
    /// </summary>
    public static void Causal(
        in AttentionShape shape, ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int past, Span<float> output)
    {
        int width = shape.Heads * shape.HeadSize, kvWidth = shape.KeyValueHeads * shape.HeadSize;
        int tokens = queries.Length / width;
        for (int t = 0; t < tokens; t++)
        {
            int end = past + t + 1, begin = shape.Window is int window ? Math.Max(0, end - window) : 0;
            var scores = new double[end - begin];
            for (int h = 0; h < shape.Heads; h++)
            {
                int kv = h / (shape.Heads / shape.KeyValueHeads) * shape.HeadSize;
                int q = (t * width) + (h * shape.HeadSize);
                double max = double.NegativeInfinity, total = 0;
                for (int p = begin; p < end; p++)
                {
                    double dot = 0;
                    for (int i = 0; i < shape.HeadSize; i++)
                    {
                        dot += (double)queries[q + i] * keys[(p * kvWidth) + kv + i];
                    }
                    scores[p - begin] = dot * shape.Scale;
                    max = Math.Max(max, scores[p - begin]);
                }
                for (int p = begin; p < end; p++)
                {
                    total += scores[p - begin] = Math.Exp(scores[p - begin] - max);
                }
                for (int i = 0; i < shape.HeadSize; i++)
                {
                    double sum = 0;
                    for (int p = begin; p < end; p++)
                    {
                        sum += scores[p - begin] * values[(p * kvWidth) + kv + i];
                    }
                    output[q + i] = (float)(sum / total);
                }
            }
        }
    }
}
