using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Inference;

/// <summary>A call for several sequences leaves each as it was, or with its id and the logits that it would have had alone.</summary>
public sealed class DecodeTogetherTests : IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Type> Refusals => new()
    {
        { "an id that is too large", typeof(ArgumentOutOfRangeException) },
        { "an id below 0", typeof(ArgumentOutOfRangeException) },
        { "a disposed sequence", typeof(ObjectDisposedException) },
        { "a sequence twice", typeof(InvalidOperationException) },
        { "a sequence in another call", typeof(InvalidOperationException) },
        { "a full sequence", typeof(ArgumentException) },
        { "a full sequence twice", typeof(InvalidOperationException) },
        { "no sequence", typeof(ArgumentException) },
        { "another model's sequence", typeof(ArgumentException) },
        { "an id too few", typeof(ArgumentException) },
        { "a cancelled call", typeof(OperationCanceledException) },
        { "a disposed model", typeof(ObjectDisposedException) },
    };

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_refusal_leaves_all_sequences_as_they_were(string refusal, Type expected)
    {
        using LanguageModel other = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        using Sequence read = _model.Begin(), empty = _model.Begin(), full = _model.Begin(new() { Length = 4 }), last = _model.Begin(), foreign = other.Begin();
        read.Append(Prompt(20), Token);
        full.Append(Prompt(refusal == "a full sequence twice" ? 3 : 4), Token);
        last.Append(Prompt(5), Token);
        Sequence? refused = refusal switch
        {
            "a sequence twice" => read,
            "a full sequence" or "a full sequence twice" => full,
            "no sequence" => null,
            "another model's sequence" => foreign,
            _ => last,
        };
        if (refusal == "a disposed sequence")
        {
            last.Dispose();
        }
        if (refusal == "a disposed model")
        {
            _model.Dispose();
        }
        Sequence[] sequences = refusal == "a full sequence twice" ? [read, full, empty, refused!] : [read, empty, refused!];
        int[] ids = refusal == "an id too few" ? [7, 8] : [.. sequences.Select(_ => 7)];
        ids[^1] = refusal switch { "an id that is too large" => _model.VocabularySize, "an id below 0" => -1, _ => ids[^1] };
        using var cancelled = new CancellationTokenSource();
        if (refusal == "a cancelled call")
        {
            cancelled.Cancel();
        }
        Sequence[] all = [read, empty, full, last, foreign];
        Kept[] before = [.. all.Select(Kept.Of)];
        void Decode() => Assert.Throws(expected, () => _model.Decode(sequences, ids, cancelled.Token));
        if (refusal == "a sequence in another call")
        {
            // The callback runs within that call.
            last.AppendAll([9], (_, _, _) => Decode(), Token);
            last.Truncate(5);
        }
        else
        {
            Decode();
        }
        Assert.Equal(before, all.Select(Kept.Of));
        if (refusal is not "a disposed model")
        {
            _model.Decode([read, empty], [7, 8], Token);
            Assert.Equal([Alone([.. Prompt(20), 7]), Alone([8])], (float[][])[read.Logits.ToArray(), empty.Logits.ToArray()]);
        }
    }

    [Fact]
    public void Where_one_fails_in_the_step_the_others_are_served()
    {
        long perPage = (long)(_model.KeyValueBytesPerToken(KeyValueFormat.F16) * 64);
        // Room for a part of the page that the first one needs.
        using LanguageModel limited = LanguageModel.Load(Paths.Model, new() { Threads = 2, KeyValueLimit = (3 * perPage) + (perPage / 2) });
        using Sequence failing = limited.Begin(), first = limited.Begin(), second = limited.Begin();
        failing.Append(Prompt(64), Token);
        first.Append(Prompt(10), Token);
        second.Append(Prompt(20), Token);
        Kept before = Kept.Of(failing);
        AggregateException failure = Assert.Throws<AggregateException>(() => limited.Decode([first, failing, second], [5, 6, 7], Token));
        Assert.Equal("key-value-limit", Assert.IsType<DecoupleQException>(Assert.Single(failure.InnerExceptions)).Field);
        Assert.Equal(before, Kept.Of(failing));
        Assert.Equal(3 * perPage, limited.KeyValueBytes);
        Assert.Equal((11, 21), (first.Length, second.Length));
        Assert.Equal([Alone([.. Prompt(10), 5]), Alone([.. Prompt(20), 7])], (float[][])[first.Logits.ToArray(), second.Logits.ToArray()]);
        second.Dispose();
        limited.Decode([failing], [6], Token);
        Assert.Equal(Alone([.. Prompt(64), 6]), failing.Logits.ToArray());
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_its_step_is_cancelled_as_a_whole()
    {
        using Sequence before = _model.Begin(), first = _model.Begin(), second = _model.Begin();
        first.Append(Prompt(10), Token);
        Kept[] kept = [Kept.Of(first), Kept.Of(second)];
        using var cancelled = new CancellationTokenSource();
        Task? call = null;
        before.AppendAll(
            Prompt(30),
            (_, _, _) =>
            {
                // The call waits for the end of this step.
                call ??= Task.Run(() => _model.Decode([first, second], [5, 6], cancelled.Token), Token);
                SpinWait.SpinUntil(() => second.Length == 1);
                cancelled.Cancel();
            },
            Token);
        await Assert.ThrowsAsync<OperationCanceledException>(() => call!);
        Assert.Equal(kept, (Kept[])[Kept.Of(first), Kept.Of(second)]);
    }

    [Fact]
    public void A_call_that_a_disposed_model_refuses_adds_no_ids()
    {
        using Sequence sequence = _model.Begin();
        sequence.Append(Prompt(3), Token);
        Kept before = Kept.Of(sequence);
        _model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { sequence.Append([5], Token); });
        Assert.Throws<ObjectDisposedException>(() => { sequence.Decode(5, Token); });
        Assert.Equal(before, Kept.Of(sequence));
    }

    private float[] Alone(int[] ids)
    {
        using Sequence own = _model.Begin();
        if (ids.Length > 1)
        {
            own.Append(ids.AsSpan(0, ids.Length - 1), Token);
        }
        return own.Decode(ids[^1], Token).ToArray();
    }

    private static int[] Prompt(int length) => [1, .. Enumerable.Range(1, length - 1).Select(i => 3 + (i * 104729 % 4000))];

    /// <summary>What a sequence shows of itself, comparable.</summary>
    private sealed record Kept(string Ids, string Logits, long Bytes)
    {
        public static Kept Of(Sequence sequence) => new(string.Join(' ', sequence.Ids), Convert.ToHexString(Bits(sequence.Logits)), sequence.Bytes);

        private static byte[] Bits(ReadOnlySpan<float> logits) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(logits).ToArray();
    }
}
