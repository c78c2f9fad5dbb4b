using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Tests.Gradients;

public sealed class AttentionBackwardTests
{
    // Long enough that queries are worked on in more than one part.
    [Theory]
    [InlineData(4, 2, 150, null)]
    [InlineData(2, 2, 150, 40)]
    [InlineData(3, 1, 270, 130)]
    [InlineData(2, 1, 5, 1)]
    public void Its_gradients_equal_finite_differences(int heads, int keyValueHeads, int tokens, int? window)
    {
        const int Size = 4;
        var shape = new AttentionShape(heads, keyValueHeads, Size, 0.5f, window);
        var random = new Random(3);
        float[] q = Blocks.Uniform(random, tokens * heads * Size, -2, 2), k = Blocks.Uniform(random, tokens * keyValueHeads * Size, -2, 2);
        float[] v = Blocks.Uniform(random, k.Length), direction = Blocks.Uniform(random, q.Length);
        float[] dq = new float[q.Length], dk = new float[k.Length], dv = new float[v.Length];
        using var workers = new Workers(2);
        AttentionBackward.Run(shape, tokens, sequences: 1, q, k, v, direction, dq, dk, dv, workers);

        double[] queries = Doubles(q), keys = Doubles(k), values = Doubles(v);
        double Loss() => DoubleBlock.Attention(shape, queries, keys, values, tokens).Zip(direction, (o, d) => o * d).Sum();
        FiniteDifferences.AssertGradient("queries", dq, queries, Loss, most: 40);
        FiniteDifferences.AssertGradient("keys", dk, keys, Loss, most: 40);
        FiniteDifferences.AssertGradient("values", dv, values, Loss, most: 40);
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        var shape = new AttentionShape(1, 1, 4, 1);
        float[] large = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? 60f : -45f)];
        float[] dq = new float[12], dk = new float[12], dv = new float[12];
        using var workers = new Workers(1);
        AttentionBackward.Run(shape, 3, sequences: 1, large, large, large, large, dq, dk, dv, workers);
        Assert.All([.. dq, .. dk, .. dv], g => Assert.True(float.IsFinite(g)));
    }

    private static double[] Doubles(float[] values) => [.. values.Select(x => (double)x)];
}
