using System.Numerics;

namespace DecoupleQ.Tests.Generation.Sampling;

/// <summary>
/// The scalar oracle of <see cref="DecoupleQ.Generation.Sampling.TokenWeights"/>: the same float32 operations one after another, without vectors or bit
/// patterns.
/// </summary>
internal static class ReferenceWeights
{
    private static readonly float[] Polynomial = [0.0013264727f, 0.009671513f, 0.05550734f, 0.24022242f, 0.693147f, 1];

    public static int Unit(int tokens) => Math.Min(40, 62 - BitOperations.Log2((uint)tokens));

    public static long[] Of(ReadOnlySpan<float> logits, double temperature)
    {
        float best = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            best = Math.Max(best, logit);
        }
        int unit = Unit(logits.Length);
        float scale = (float)Math.Min(1.442695040888963f / temperature, float.MaxValue);
        float floor = (float)Math.Max(best - (((unit * Math.Log(2)) - 0.02) * temperature), -float.MaxValue);
        var weights = new long[logits.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            if (logits[i] >= floor)
            {
                float difference = logits[i] - best;
                float exponent = Math.Max(difference * scale, -41);
                float whole = MathF.Round(exponent, MidpointRounding.ToEven), fraction = exponent - whole, power = Polynomial[0];
                foreach (float coefficient in Polynomial.AsSpan(1))
                {
                    float product = power * fraction;
                    power = product + coefficient;
                }
                weights[i] = (long)Math.Round(Math.ScaleB(power, (int)whole + unit), MidpointRounding.ToEven);
            }
        }
        return weights;
    }
}
