using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Tests.Models;

namespace DecoupleQ.Tests.Inference;

/// <summary>A sequence with a value beyond half precision becomes what it would have been in float32, and no other is touched.</summary>
public sealed class FloatSwitchTests : IDisposable
{
    private const int Large = 7;

    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model;

    public FloatSwitchTests()
    {
        LargeValueModel.Write(_folder.Path, Large, block: 1, factor: 1e6f);
        _model = LanguageModel.Load(_folder.Path, new() { Threads = 2, ContextLength = 2000 });
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(700)]
    [InlineData(300, 400)]
    [InlineData(650, 1, 49)]
    public void A_prompt_is_read_again_in_float32(params int[] pieces)
    {
        int[] ids = Prompt(700);
        ids[650] = Large;
        using Sequence sequence = _model.Begin(), single = Single();
        float[] expected = single.Append(ids, Token).ToArray();
        int at = 0;
        foreach (int piece in pieces)
        {
            sequence.Append(ids.AsSpan(at, piece), Token);
            at += piece;
            Assert.Equal(at > 650 ? KeyValueFormat.F32 : KeyValueFormat.F16, sequence.KeyValues);
        }
        Assert.Equal(expected, sequence.Logits.ToArray());
        Assert.Equal((700, single.Bytes), (sequence.Length, sequence.Bytes));
        Assert.Equal(single.Bytes + sequence.Bytes, _model.KeyValueBytes);
        Assert.Equal(single.Decode(9, Token).ToArray(), sequence.Decode(9, Token).ToArray());
    }

    [Fact]
    public void A_token_that_is_decoded_beside_others_is_computed_again_and_they_are_not()
    {
        int[][] prompts = [Prompt(40), Prompt(100), Prompt(70)];
        float[][] expected = new float[3][];
        for (int i = 0; i < 3; i += 2)
        {
            using Sequence alone = _model.Begin();
            alone.Append(prompts[i], Token);
            expected[i] = alone.Decode(11 + i, Token).ToArray();
        }
        // What must be computed again is computed as a prompt.
        using Sequence single = Single();
        expected[1] = single.Append([.. prompts[1], Large], Token).ToArray();

        using Sequence first = _model.Begin(), large = _model.Begin(), last = _model.Begin();
        Sequence[] sequences = [first, large, last];
        for (int i = 0; i < 3; i++)
        {
            sequences[i].Append(prompts[i], Token);
        }
        using Sequence fork = large.Fork();
        _model.Decode(sequences, [11, Large, 13], Token);
        Assert.Equal(expected, sequences.Select(s => s.Logits.ToArray()));
        Assert.Equal([KeyValueFormat.F16, KeyValueFormat.F32, KeyValueFormat.F16], sequences.Select(s => s.KeyValues));
        Assert.Equal(single.Decode(9, Token).ToArray(), large.Decode(9, Token).ToArray());

        Assert.Equal(KeyValueFormat.F16, fork.KeyValues);
        using Sequence fresh = _model.Begin();
        fresh.Append(prompts[1], Token);
        Assert.Equal(fresh.Decode(12, Token).ToArray(), fork.Decode(12, Token).ToArray());
    }

    [Fact]
    public void Positions_come_again_from_the_first_that_was_asked_for()
    {
        int[] ids = Prompt(1500);
        ids[1400] = Large;
        using Sequence sequence = _model.Begin(), single = Single();
        sequence.Append(ids.AsSpan(0, 300), Token);
        single.Append(ids.AsSpan(0, 300), Token);
        var firsts = new List<int>();
        float[] expected = new float[1200 * _model.VocabularySize], actual = new float[expected.Length];
        single.AppendAll(ids.AsSpan(300), (first, _, rows) => rows.CopyTo(expected.AsSpan((first - 300) * _model.VocabularySize)), Token);
        sequence.AppendAll(
            ids.AsSpan(300),
            (first, _, rows) =>
            {
                firsts.Add(first);
                rows.CopyTo(actual.AsSpan((first - 300) * _model.VocabularySize));
            },
            Token);
        Assert.Equal(KeyValueFormat.F32, sequence.KeyValues);
        Assert.Equal(expected, actual);
        Assert.Equal(2, firsts.Count(first => first == 300));
        Assert.Equal(300, firsts.Min());
    }

    [Fact]
    public void A_call_that_fails_meanwhile_leaves_the_sequence_in_half_precision()
    {
        // Room for 128 positions in half precision, not in float32.
        long limit = 2 * 64 * (long)_model.KeyValueBytesPerToken(KeyValueFormat.F16);
        using LanguageModel limited = LanguageModel.Load(_folder.Path, new() { Threads = 1, KeyValueLimit = limit });
        using Sequence sequence = limited.Begin(), fresh = _model.Begin();
        sequence.Append(Prompt(100), Token);
        Assert.Equal("key-value-limit", Assert.Throws<DecoupleQException>(() => { sequence.Decode(Large, Token); }).Field);
        Assert.Equal((100, KeyValueFormat.F16), (sequence.Length, sequence.KeyValues));
        Assert.Equal(fresh.Append([.. Prompt(100), 9], Token).ToArray(), sequence.Decode(9, Token).ToArray());
        Assert.Equal(limit, limited.KeyValueBytes);
    }

    private Sequence Single() => _model.Begin(new() { KeyValues = KeyValueFormat.F32 });

    private static int[] Prompt(int length) => [1, .. Enumerable.Range(1, length - 1).Select(i => 20 + (i * 104729 % 4000))];
}
