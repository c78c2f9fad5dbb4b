using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// What each token weighs in a draw: <c>exp((logit - best) / temperature)</c> in whole units of 2^-40 of the best token's weight. Sums of whole numbers do
/// not depend on their order, so whoever adds them up, sorted or not, comes to the same token.
/// </summary>
/// <remarks>
/// A token that would weigh less than about one unit weighs nothing. Float32 arithmetic without fused multiply-add: the weights are the same on every machine,
/// and within 4e-6 of the exact ones, relatively.
/// </remarks>
internal readonly ref struct TokenWeights
{
    // Of more tokens than 2^22 a unit is coarser, so that the sum stays below 2^63.
    private const int FinestUnit = 40, SumBits = 62;

    // Rounds to the nearest integer what it is added to and subtracted from.
    private const float Rounding = 12_582_912;
    private const float Log2E = 1.442695040888963f;
    private const int ExponentBias = 127, FractionBits = 23;

    // 2^f for |f| <= 1/2: the polynomial whose greatest relative error is least among those that are 1 at 0: 9e-8.
    private const float C1 = 0.693147f, C2 = 0.24022242f, C3 = 0.05550734f, C4 = 0.009671513f, C5 = 0.0013264727f;

    private readonly float _scale;
    private readonly int _unit;

    /// <param name="logits">One a token; minus infinity weighs nothing.</param>
    /// <param name="range">The least and the greatest of them; the greatest is finite.</param>
    /// <param name="temperature">Above 0.</param>
    public TokenWeights(ReadOnlySpan<float> logits, LogitRange range, double temperature)
    {
        Logits = logits;
        (Least, Best) = range;
        Temperature = temperature;
        _scale = (float)Math.Min(Log2E / temperature, float.MaxValue);
        _unit = Math.Min(FinestUnit, SumBits - BitOperations.Log2((uint)logits.Length));
        Floor = (float)Math.Max(Best - (((_unit * Math.Log(2)) - 0.02) * temperature), -float.MaxValue);
    }

    /// <summary>The logits that the weights are of.</summary>
    public ReadOnlySpan<float> Logits { get; }

    /// <summary>The least logit, of all.</summary>
    public float Least { get; }

    /// <summary>The greatest logit.</summary>
    public float Best { get; }

    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; }

    /// <summary>The least logit that weighs something.</summary>
    public float Floor { get; }

    /// <summary>The weight of the best token, in units.</summary>
    public long Heaviest => 1L << _unit;

    /// <summary>The weight of a token, in units; 0 below <see cref="Floor"/>.</summary>
    public long Of(int id) => Logits[id] >= Floor ? Units(Fractional(new Vector<float>(Logits[id]))).First[0] : 0;

    /// <summary>The weights in units of logits that are at least <see cref="Floor"/>; what is given for others means nothing.</summary>
    /// <returns>Those of the first and of the second half of the lanes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector<long> First, Vector<long> Second) Of(Vector<float> logits) => Units(Fractional(logits));

    /// <summary>As <see cref="Of(Vector{float})"/>, on a machine with AVX-512: the same operations, and the same weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector512<long> First, Vector512<long> Second) Of(Vector512<float> logits)
    {
        Vector512<float> t = (logits - Vector512.Create(Best)) * Vector512.Create(_scale);
        t = Vector512.MaxNative(t, Vector512.Create(-FinestUnit - 1f));
        Vector512<float> shifted = t + Vector512.Create(Rounding);
        Vector512<float> f = t - (shifted - Vector512.Create(Rounding));
        Vector512<float> power = (Vector512.Create(C5) * f) + Vector512.Create(C4);
        power = (power * f) + Vector512.Create(C3);
        power = (power * f) + Vector512.Create(C2);
        power = (power * f) + Vector512.Create(C1);
        power = (power * f) + Vector512<float>.One;
        Vector512<int> n = shifted.AsInt32() - Vector512.Create(BitConverter.SingleToInt32Bits(Rounding));
        Vector512<float> weights = power * ((n + Vector512.Create(ExponentBias + _unit)) << FractionBits).AsSingle();
        return (Avx512DQ.ConvertToVector512Int64(weights.GetLower()), Avx512DQ.ConvertToVector512Int64(weights.GetUpper()));
    }

    /// <summary>To the nearest whole number: the lowest bits of a sum with 2^52 are that number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<long> First, Vector<long> Second) Units(Vector<float> weights)
    {
        const double Shift = 4_503_599_627_370_496;
        var bits = new Vector<long>(BitConverter.DoubleToInt64Bits(Shift));
        Vector.Widen(weights, out Vector<double> first, out Vector<double> second);
        return (Vector.AsVectorInt64(first + new Vector<double>(Shift)) - bits, Vector.AsVectorInt64(second + new Vector<double>(Shift)) - bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Fractional(Vector<float> logits)
    {
        // 2^t = 2^n 2^f with |f| <= 1/2.
        Vector<float> t = (logits - new Vector<float>(Best)) * new Vector<float>(_scale);
        t = Vector.MaxNative(t, new Vector<float>(-FinestUnit - 1f));
        Vector<float> shifted = t + new Vector<float>(Rounding);
        Vector<float> f = t - (shifted - new Vector<float>(Rounding));
        Vector<float> power = new(C5);
        power = (power * f) + new Vector<float>(C4);
        power = (power * f) + new Vector<float>(C3);
        power = (power * f) + new Vector<float>(C2);
        power = (power * f) + new Vector<float>(C1);
        power = (power * f) + Vector<float>.One;
        // The lowest bits of the shifted sum are those of n.
        Vector<int> n = Vector.AsVectorInt32(shifted) - new Vector<int>(BitConverter.SingleToInt32Bits(Rounding));
        return power * Vector.AsVectorSingle((n + new Vector<int>(ExponentBias + _unit)) << FractionBits);
    }
}
