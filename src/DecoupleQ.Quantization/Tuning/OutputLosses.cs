using System.Numerics.Tensors;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>KL(dense || packed) of the distributions over the next token: distillation (arXiv 1503.02531) at temperature 1.</summary>
/// <remarks><c>dq = softmax(q) - softmax(t)</c>.</remarks>
internal sealed class DivergenceLoss : IOutputLoss
{
    public double Run(Span<float> logits, Span<float> reference, ReadOnlySpan<int> targets, float weight)
    {
        int vocabulary = logits.Length / targets.Length;
        var difference = new float[vocabulary];
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            Span<float> q = logits.Slice(i * vocabulary, vocabulary), t = reference.Slice(i * vocabulary, vocabulary);
            TensorPrimitives.Subtract(t, q, difference);
            double logT = Probabilities.Make(t), logQ = Probabilities.Make(q);
            sum += TensorPrimitives.Dot<float>(t, difference) - (logT - logQ);
            TensorPrimitives.Subtract(q, t, q);
            TensorPrimitives.Multiply(q, weight, q);
        }
        return sum;
    }
}

/// <summary>The negative log-likelihood of the id that follows.</summary>
/// <remarks><c>dq = softmax(q) - 1[id]</c>.</remarks>
internal sealed class NextTokenLoss : IOutputLoss
{
    public double Run(Span<float> logits, Span<float> reference, ReadOnlySpan<int> targets, float weight)
    {
        int vocabulary = logits.Length / targets.Length;
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            Span<float> q = logits.Slice(i * vocabulary, vocabulary);
            if (targets[i] < 0)
            {
                q.Clear();
                continue;
            }
            float chosen = q[targets[i]];
            sum += Probabilities.Make(q) - chosen;
            q[targets[i]] -= 1;
            TensorPrimitives.Multiply(q, weight, q);
        }
        return sum;
    }
}

/// <summary>Logits become probabilities where they lie.</summary>
internal static class Probabilities
{
    /// <returns>log of the sum of exp over the logits.</returns>
    public static double Make(Span<float> logits)
    {
        float max = TensorPrimitives.Max<float>(logits);
        TensorPrimitives.Subtract(logits, max, logits);
        TensorPrimitives.Exp(logits, logits);
        float sum = TensorPrimitives.Sum<float>(logits);
        TensorPrimitives.Multiply(logits, 1 / sum, logits);
        return max + Math.Log(sum);
    }
}
