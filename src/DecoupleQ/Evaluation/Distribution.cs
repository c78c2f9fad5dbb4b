namespace DecoupleQ.Evaluation;

/// <summary>A model's distribution over its vocabulary at one position, from its logits.</summary>
internal static class Distribution
{
    /// <summary>log of the sum of exp over <paramref name="logits"/>, summed in float64.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float max = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += MathF.Exp(logit - max);
        }
        return max + Math.Log(sum);
    }

    /// <summary>KL(p || q) in nats, of the distributions with these logits.</summary>
    public static double KlDivergence(ReadOnlySpan<float> p, ReadOnlySpan<float> q) => KlDivergence(p, LogSumExp(p), q, LogSumExp(q));

    /// <summary>As above, where <see cref="LogSumExp"/> of both is known.</summary>
    public static double KlDivergence(ReadOnlySpan<float> p, double logP, ReadOnlySpan<float> q, double logQ)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double log = p[i] - logP;
            sum += Math.Exp(log) * (log - (q[i] - logQ));
        }
        return sum;
    }
}
