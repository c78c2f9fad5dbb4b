using CsCheck;
using DecoupleQ.Evaluation;

namespace DecoupleQ.Tests.Evaluation;

public sealed class DistributionTests
{
    [Fact]
    public void The_divergence_is_what_its_definition_gives_and_is_never_negative() =>
        Gen.Select(Gen.Float[-30, 30].Array[5], Gen.Float[-30, 30].Array[5]).Sample(
            (p, q) =>
            {
                double[] a = Probabilities(p), b = Probabilities(q);
                double expected = a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum(), actual = Distribution.KlDivergence(p, q);
                Assert.Equal(expected, actual, 1e-5 * (1 + expected));
                Assert.True(actual >= -1e-6);
                Assert.Equal(0, Distribution.KlDivergence(p, p), 1e-12);
            },
            iter: 500);

    [Fact]
    public void Logits_of_any_size_have_a_finite_sum() =>
        Assert.Equal(3e38 + Math.Log(2), Distribution.LogSumExp([3e38f, -3e38f, 3e38f]), 1e31);

    private static double[] Probabilities(float[] logits)
    {
        double sum = logits.Sum(x => Math.Exp(x));
        return [.. logits.Select(x => Math.Exp(x) / sum)];
    }
}
