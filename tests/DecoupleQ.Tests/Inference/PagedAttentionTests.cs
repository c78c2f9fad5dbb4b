using CsCheck;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Kernels;

namespace DecoupleQ.Tests.Inference;

[Trait("Machine", "instructions")]
public sealed unsafe class PagedAttentionTests
{
    private static readonly Gen<AttentionShape> Shapes = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 9], OneOf(2, 8, 24, 64, 128), OneOf(0, 1, 7, 100))
        .Select((keyHeads, group, size, window) =>
            new AttentionShape(keyHeads * group, keyHeads, size, (float)(1 / Math.Sqrt(size)), window == 0 ? null : window));

    [Fact]
    public void Decoding_equals_the_oracle_in_every_format_and_instruction_set()
    {
        Gen.Select(Shapes, Gen.OneOf(Gen.Int[0, 70], Gen.Int[200, 600]), Gen.Enum<KeyValueFormat>(), Families.Sets, Gen.UInt).Sample(
            (shape, past, format, set, seed) =>
            {
                (float[] queries, float[] keys, float[] values) = Random(shape, past + 1, seed);
                using KeyValueState state = Fill(shape, format, keys, values, past + 1);
                float[] last = queries[^(shape.Heads * shape.HeadSize)..], expected = Reference(shape, last, format, keys, values, past);
                Numbers.AssertClose(expected, Decode(shape, state, last, past, set), Tolerance(format));
            },
            iter: 120);
    }

    [Fact]
    public void Prompts_equal_the_oracle_whatever_the_pieces_are()
    {
        Gen.Select(Shapes, Gen.Int[1, 400], Gen.Int[0, 300], Gen.Enum<KeyValueFormat>(), Families.Sets, Gen.UInt).Sample(
            (shape, tokens, past, format, set, seed) =>
            {
                (float[] all, float[] keys, float[] values) = Random(shape, past + tokens, seed);
                int width = shape.Heads * shape.HeadSize;
                float[] queries = all[(past * width)..], whole = new float[queries.Length], pieces = new float[queries.Length];
                using KeyValueState state = Fill(shape, format, keys, values, past + tokens);
                Run(shape, state, queries, past, tokens, whole, set);
                Numbers.AssertClose(Reference(shape, queries, format, keys, values, past), whole, Tolerance(format));
                for (int first = 0; first < tokens;)
                {
                    int count = Math.Min(tokens - first, 1 + (int)((seed + (uint)first) % 50));
                    float[] piece = queries[(first * width)..((first + count) * width)], output = new float[piece.Length];
                    Run(shape, state, piece, past + first, count, output, set);
                    output.CopyTo(pieces, first * width);
                    first += count;
                }
                Assert.Equal(whole, pieces);
            },
            iter: 40);
    }

    [Fact]
    public void A_number_beyond_half_precision_is_noticed()
    {
        var shape = new AttentionShape(1, 1, 4, 1);
        using var state = new KeyValueState(new KeyValueStore(null), shape, KeyValueFormat.F16);
        state.Reserve(3);
        state.Write(0, 0, [1, -65504, 0, 0], [0, 0, 0, 0]);
        state.Write(1, 0, [0, 0, 0, 0], [float.NaN, 0, 0, 0]);
        Assert.False(state.Overflowed);
        state.Write(2, 0, [0, 0, 0, 0], [0, -70000, 0, 0]);
        Assert.True(state.Overflowed);
    }

    [Fact]
    public void Pages_are_counted_shared_and_given_back()
    {
        var shape = new AttentionShape(2, 1, 8, 1);
        var store = new KeyValueStore(null);
        var state = new KeyValueState(store, shape, KeyValueFormat.F32);
        int page = state.Layout.Bytes;
        state.Reserve(100);
        state.Advance(100);
        Assert.Equal(2L * page, store.UsedBytes);
        var fork = (KeyValueState)state.Fork();
        Assert.Equal(2L * page, store.UsedBytes);

        // The page that the fork goes on with is copied first; the full one stays shared.
        fork.Reserve(1);
        Assert.Equal(3L * page, store.UsedBytes);
        state.Dispose();
        Assert.Equal(2L * page, store.UsedBytes);
        fork.Truncate(10);
        Assert.Equal(page, store.UsedBytes);
        fork.Dispose();
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public void A_sliding_window_forgets_what_it_has_passed_and_says_what_it_cannot_undo()
    {
        var store = new KeyValueStore(null);
        using var state = new KeyValueState(store, new AttentionShape(1, 1, 8, 1, Window: 300), KeyValueFormat.F16);
        for (int length = 0; length < 2000; length += 100)
        {
            state.Reserve(100);
            state.Advance(100);
        }
        Assert.True(store.UsedBytes <= (300 + 100 + 256 + 64) / 64 * (long)state.Layout.Bytes);
        Assert.True(state.CanTruncate(1900));
        Assert.False(state.CanTruncate(1000));
    }

    [Fact]
    public void The_limit_is_kept()
    {
        var shape = new AttentionShape(1, 1, 8, 1);
        var layout = new PageLayout(KeyValueFormat.F16, 1, 8, 8);
        using var state = new KeyValueState(new KeyValueStore(2 * layout.Bytes), shape, KeyValueFormat.F16);
        state.Reserve(128);
        state.Advance(128);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => state.Reserve(1));
        Assert.Equal("key-value-limit", error.Field);
    }

    private static Gen<int> OneOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static double Tolerance(KeyValueFormat format) => format == KeyValueFormat.Int8 ? 1e-2 : 2e-5;

    private static (float[] Queries, float[] Keys, float[] Values) Random(AttentionShape shape, int positions, uint seed) =>
    (
        Numbers.Uniform<float>(positions * shape.Heads * shape.HeadSize, seed),
        Numbers.Uniform<float>(positions * shape.KeyValueHeads * shape.HeadSize, seed + 1),
        Numbers.Uniform<float>(positions * shape.KeyValueHeads * shape.HeadSize, seed + 2));

    private static KeyValueState Fill(AttentionShape shape, KeyValueFormat format, float[] keys, float[] values, int positions)
    {
        var state = new KeyValueState(new KeyValueStore(null), shape with { Window = null }, format);
        state.Reserve(positions);
        int size = shape.HeadSize, width = shape.KeyValueHeads * size;
        for (int p = 0; p < positions; p++)
        {
            for (int h = 0; h < shape.KeyValueHeads; h++)
            {
                state.Write(p, h, keys.AsSpan((p * width) + (h * size), size), values.AsSpan((p * width) + (h * size), size));
            }
        }
        state.Advance(positions);
        return state;
    }

    // With the numbers as they are stored, so that only arithmetic differs.
    private static float[] Reference(AttentionShape shape, float[] queries, KeyValueFormat format, float[] keys, float[] values, int past)
    {
        var expected = new float[queries.Length];
        float[] storedKeys = StoredNumbers.Of(keys, format, shape.HeadSize), storedValues = StoredNumbers.Of(values, format, shape.HeadSize);
        ReferenceAttention.Causal(shape, queries, storedKeys, storedValues, past, expected);
        return expected;
    }

    private static void Run(AttentionShape shape, KeyValueState state, float[] queries, int past, int tokens, float[] output, InstructionSet set)
    {
        fixed (float* q = queries, y = output)
        {
            PagedQueries.For(state.Layout.Format, set).Run(shape, q, state.Pages, past, tokens, y, Team.Two);
        }
    }

    private static float[] Decode(AttentionShape shape, KeyValueState state, float[] queries, int past, InstructionSet set)
    {
        var output = new float[queries.Length];
        var softmax = new RunningSoftmax[shape.Group];
        int width = shape.Group * shape.HeadSize;
        float[] scaled = Array.ConvertAll(queries, q => q * shape.Scale), scores = new float[shape.Group * PagedHeads.KeysAtOnce];
        fixed (float* q = scaled, y = output, s = scores)
        {
            for (int h = 0; h < shape.KeyValueHeads; h++)
            {
                PagedHeads.For(state.Layout.Format, set).Attend(
                    state.Pages, h, shape.FirstVisible(past), past + 1, shape.Group, q + (h * width), softmax, y + (h * width), s);
                for (int i = 0; i < width; i++)
                {
                    y[(h * width) + i] *= softmax[i / shape.HeadSize].Normaliser;
                }
            }
        }
        return output;
    }
}
