using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Elementwise;

/// <summary>Softmax and log-sum-exp of logits, with the maximum subtracted.</summary>
internal static class Softmax
{
    private const int Chunk = 512;

    // exp of it is 0 in float32.
    private const float LeastExponent = -200;

    /// <summary>Probabilities <c>p = exp(x) / sum(exp(x))</c>.</summary>
    /// <param name="logits">At least one element; minus infinity is probability 0, unless all are.</param>
    /// <param name="probabilities">As <paramref name="logits"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        Span<float> result = probabilities[..logits.Length];
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), result);
        TensorPrimitives.Exp<float>(result, result);
        TensorPrimitives.Multiply(result, (float)(1 / Sum(result)), result);
    }

    /// <summary><c>log(sum(exp(x)))</c>; the sum is accumulated in float64.</summary>
    /// <param name="logits">At least one element.</param>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        Span<float> exponentials = stackalloc float[Chunk];
        float maximum = TensorPrimitives.Max(logits);
        double sum = 0;
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            Span<float> some = exponentials[..Math.Min(Chunk, logits.Length - start)];
            TensorPrimitives.Subtract(logits.Slice(start, some.Length), maximum, some);
            TensorPrimitives.Exp<float>(some, some);
            sum += TensorPrimitives.Sum<float>(some);
        }
        return maximum + Math.Log(sum);
    }

    /// <summary><c>log(sum(exp(x)))</c>, and the entropy of the softmax in nats; sums are accumulated in float64.</summary>
    /// <param name="logits">At least one element, not all minus infinity.</param>
    public static (double LogSumExp, double Entropy) LogSumExpAndEntropy(ReadOnlySpan<float> logits)
    {
        Span<float> shifted = stackalloc float[Chunk], exponentials = stackalloc float[Chunk];
        float maximum = TensorPrimitives.Max(logits);
        double sum = 0, weighted = 0;
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            int count = Math.Min(Chunk, logits.Length - start);
            Span<float> some = shifted[..count], powers = exponentials[..count];
            TensorPrimitives.Subtract(logits.Slice(start, count), maximum, some);
            // What has no probability adds nothing, be it minus infinity.
            TensorPrimitives.Max(some, LeastExponent, some);
            TensorPrimitives.Exp<float>(some, powers);
            sum += TensorPrimitives.Sum<float>(powers);
            weighted += TensorPrimitives.Dot<float>(some, powers);
        }
        return (maximum + Math.Log(sum), Math.Max(0, Math.Log(sum) - (weighted / sum)));
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        for (int start = 0; start < values.Length; start += Chunk)
        {
            sum += TensorPrimitives.Sum(values.Slice(start, Math.Min(Chunk, values.Length - start)));
        }
        return sum;
    }
}
