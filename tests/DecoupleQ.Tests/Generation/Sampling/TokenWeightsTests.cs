using System.Runtime.Intrinsics;
using CsCheck;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Tests.Generation.Sampling;

[Trait("Machine", "instructions")]
public sealed class TokenWeightsTests
{
    private static readonly Gen<double> Temperatures = Gen.Int[0, 5].Select(i => ((double[])[1, 0.8, 0.1, 1e-6, 3, 1e6])[i]);

    [Fact]
    public void They_are_those_of_the_scalar_oracle_to_the_bit() => Gen.Select(LogitGens.Finite, Temperatures).Sample(
        (logits, temperature) =>
        {
            var weights = new TokenWeights(logits, LogitRange.Of(logits), temperature);
            var all = new long[logits.Length];
            for (int id = 0; id < all.Length; id++)
            {
                all[id] = weights.Of(id);
            }
            long[] expected = ReferenceWeights.Of(logits, temperature);
            Assert.Equal(expected, all);
            if (InstructionSets.Runs(InstructionSet.Avx512))
            {
                Vector512<float> some = Vector512.Create<float>([.. Enumerable.Range(0, Vector512<float>.Count).Select(i => logits[i % logits.Length])]);
                (Vector512<long> first, Vector512<long> second) = weights.Of(some);
                for (int i = 0; i < Vector512<float>.Count; i++)
                {
                    long wide = i < Vector512<long>.Count ? first[i] : second[i - Vector512<long>.Count];
                    Assert.Equal(expected[i % logits.Length], some[i] >= weights.Floor ? wide : 0);
                }
            }
        },
        iter: 300);

    [Fact]
    public void They_are_exponentials()
    {
        float[] logits = [.. Enumerable.Range(0, 3001).Select(i => 7 - (i * 0.01f))];
        long[] weights = ReferenceWeights.Of(logits, 1);
        double unit = Math.ScaleB(1, ReferenceWeights.Unit(logits.Length));
        for (int i = 0; i < logits.Length; i++)
        {
            double exact = Math.Exp((double)logits[i] - logits[0]) * unit;
            Assert.InRange(weights[i], (exact * (1 - 4e-6)) - 1.1, (exact * (1 + 4e-6)) + 0.5);
        }
        Assert.Equal((long)unit, weights[0]);
        Assert.Equal(0, weights[^1]);
    }

    [Fact]
    public void The_sum_of_the_heaviest_fits()
    {
        foreach (int tokens in (int[])[1, 1000, 1 << 22, 1 << 24, int.MaxValue])
        {
            Assert.True(Math.ScaleB(tokens, ReferenceWeights.Unit(tokens)) <= long.MaxValue);
        }
    }
}
