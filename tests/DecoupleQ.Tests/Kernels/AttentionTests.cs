using CsCheck;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "instructions")]
public sealed class AttentionTests
{
    private static readonly Gen<AttentionShape> Shapes = Gen.Select(
        Gen.Int[1, 4], Gen.Int[1, 4], Gen.OneOf(Gen.Const(64), Gen.Const(32), Gen.Int[1, 80]), Gen.Bool, Gen.Int[1, 300],
        (keyHeads, group, size, windowed, window) => new AttentionShape(keyHeads * group, keyHeads, size, 1 / MathF.Sqrt(size), windowed ? window : null));

    [Fact]
    public void Decoding_equals_the_oracle_in_every_instruction_set() => Check(Gen.Int[1, 3], Gen.Int[0, 700], 60);

    [Fact]
    public void Prefill_equals_the_oracle_in_every_instruction_set() => Check(Gen.Int[4, 120], Gen.OneOf(Gen.Const(0), Gen.Int[0, 500]), 40);

    [Fact]
    public void Scores_far_apart_and_of_many_blocks_keep_their_weights()
    {
        // One key stands out by 80 in its score: everything else must vanish, whichever block it is in.
        var shape = new AttentionShape(1, 1, 16, 1, null);
        foreach (int tokens in new[] { 1, 20 })
        {
            foreach (int special in new[] { 0, 300, 599 })
            {
                float[] queries = new float[tokens * 16], keys = new float[(600 + tokens) * 16];
                float[] values = Numbers.Uniform<float>(keys.Length, 3), output = new float[queries.Length];
                queries.AsSpan().Fill(1);
                keys.AsSpan(special * 16, 16).Fill(5);
                Workers workers = Workers.Alone;
                Attention.Causal(shape, queries, keys, values, 600, output, workers);
                for (int t = 0; t < tokens; t++)
                {
                    Numbers.AssertClose<float>(values.AsSpan(special * 16, 16), output.AsSpan(t * 16, 16), 1e-6);
                }
            }
        }
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        Gen.Select(Shapes, Gen.Int[1, 90], Gen.Int[0, 300], Gen.UInt).Sample(
            (shape, tokens, past, seed) => Assert.Equal(Run(shape, tokens, past, seed, 1), Run(shape, tokens, past, seed, 3)),
            iter: 15);

        static float[] Run(AttentionShape shape, int tokens, int past, uint seed, int threads)
        {
            (float[] queries, float[] keys, float[] values) = Data(shape, tokens, past, seed);
            var output = new float[queries.Length];
            Workers workers = threads == 1 ? Workers.Alone : Team.Three;
            Attention.Causal(shape, queries, keys, values, past, output, workers);
            return output;
        }
    }

    [Fact]
    public void A_cache_that_is_too_short_is_refused()
    {
        Workers workers = Workers.Alone;
        var shape = new AttentionShape(2, 1, 4, 1);
        Assert.Throws<ArgumentException>(() => Attention.Causal(shape, new float[8], new float[8], new float[12], 2, new float[8], workers));
        Assert.Throws<ArgumentException>(() => Attention.Causal(shape, new float[9], new float[12], new float[12], 2, new float[9], workers));
    }

    private static void Check(Gen<int> tokenCounts, Gen<int> pasts, int iterations)
    {
        Gen.Select(Shapes, tokenCounts, pasts, Families.Sets, Gen.UInt).Sample(
            (shape, tokens, past, set, seed) =>
            {
                (float[] queries, float[] keys, float[] values) = Data(shape, tokens, past, seed);
                float[] expected = new float[queries.Length], actual = new float[queries.Length];
                ReferenceAttention.Causal(shape, queries, keys, values, past, expected);
                Attention.Causal(shape, queries, keys, values, past, actual, Team.Two, set);
                Numbers.AssertClose(expected, actual, 3e-6);
            },
            iter: iterations);
    }

    private static (float[] Queries, float[] Keys, float[] Values) Data(AttentionShape shape, int tokens, int past, uint seed)
    {
        // Queries of size 4 make some scores differ by several units, as trained ones do.
        float[] queries = Numbers.Uniform<float>(tokens * shape.Heads * shape.HeadSize, seed);
        for (int i = 0; i < queries.Length; i++)
        {
            queries[i] *= 4;
        }
        int kvLength = (past + tokens) * shape.KeyValueHeads * shape.HeadSize;
        return (queries, Numbers.Uniform<float>(kvLength, seed + 1), Numbers.Uniform<float>(kvLength, seed + 2));
    }
}
