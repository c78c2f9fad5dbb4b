using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>The softmax of one query over keys that come block by block: the maximum so far, and the sum of exp(score - maximum).</summary>
internal struct RunningSoftmax
{
    private float _maximum;
    private float _sum;

    public static RunningSoftmax Empty => new() { _maximum = float.NegativeInfinity };

    /// <summary>1 / the sum, for what has been weighted with unnormalised probabilities.</summary>
    public readonly float Normaliser => 1 / _sum;

    /// <summary>Turns a block's scores (at least one) into exp(score - maximum) in place.</summary>
    /// <returns>The factor by which what was added up under the earlier maximum shrinks.</returns>
    public float Take(Span<float> scores)
    {
        float before = _maximum;
        _maximum = Math.Max(before, TensorPrimitives.Max<float>(scores));
        TensorPrimitives.Subtract(scores, _maximum, scores);
        TensorPrimitives.Exp<float>(scores, scores);
        float factor = MathF.Exp(before - _maximum);
        _sum = (_sum * factor) + TensorPrimitives.Sum<float>(scores);
        return factor;
    }

    /// <summary>Takes what another found over further keys.</summary>
    /// <returns>The factors by which this one's weighted values and the other's are multiplied before they are added.</returns>
    public (float Own, float Other) Merge(in RunningSoftmax other)
    {
        float before = _maximum;
        _maximum = Math.Max(before, other._maximum);
        float own = MathF.Exp(before - _maximum), others = MathF.Exp(other._maximum - _maximum);
        _sum = (_sum * own) + (other._sum * others);
        return (own, others);
    }
}
