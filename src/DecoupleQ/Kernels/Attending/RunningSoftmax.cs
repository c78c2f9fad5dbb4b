using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>The softmax of one query over keys that come block by block: the maximum so far, and the sum of exp(score - maximum).</summary>
internal struct RunningSoftmax
{
    private float maximum;
    private float sum;

    public static RunningSoftmax Empty => new() { maximum = float.NegativeInfinity };

    /// <summary>1 / the sum, for what has been weighted with unnormalised probabilities.</summary>
    public readonly float Normaliser => 1 / sum;

    /// <summary>Turns a block's scores (at least one) into exp(score - maximum) in place.</summary>
    /// <returns>The factor by which what was added up under the earlier maximum shrinks.</returns>
    public float Take(Span<float> scores)
    {
        float before = maximum;
        maximum = Math.Max(before, TensorPrimitives.Max<float>(scores));
        TensorPrimitives.Subtract(scores, maximum, scores);
        TensorPrimitives.Exp<float>(scores, scores);
        float factor = MathF.Exp(before - maximum);
        sum = (sum * factor) + TensorPrimitives.Sum<float>(scores);
        return factor;
    }
}
