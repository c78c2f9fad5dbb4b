using System.Numerics.Tensors;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Inference;

/// <summary>Sequences of the bundled model: what a call gives depends on its sequence alone.</summary>
public sealed class SequenceTests : IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Sixty_four_sequences_together_write_what_each_writes_alone_bit_by_bit()
    {
        const int Sequences = 64, Tokens = 12;
        int[][] prompts = [.. Enumerable.Range(0, Sequences).Select(i => Prompt(i, 1 + (i * 7 % 40)))];
        var alone = new List<float[]>[Sequences];
        for (int i = 0; i < Sequences; i++)
        {
            using Sequence sequence = _model.Begin();
            alone[i] = [sequence.Append(prompts[i], Token).ToArray()];
            while (alone[i].Count <= Tokens)
            {
                alone[i].Add(sequence.Decode(Best(alone[i][^1]), Token).ToArray());
            }
        }

        Sequence[] together = [.. prompts.Select(_ => _model.Begin())];
        for (int i = 0; i < Sequences; i++)
        {
            Assert.Equal(alone[i][0], together[i].Append(prompts[i], Token).ToArray());
        }
        for (int step = 1; step <= Tokens; step++)
        {
            // In another order each time.
            int[] order = [.. Enumerable.Range(0, Sequences).OrderBy(i => (i * 37 + step * 11) % 64)];
            _model.Decode([.. order.Select(i => together[i])], [.. order.Select(i => Best(alone[i][step - 1]))], Token);
            for (int i = 0; i < Sequences; i++)
            {
                Assert.Equal(alone[i][step], together[i].Logits.ToArray());
            }
        }
        Array.ForEach(together, s => s.Dispose());
    }

    [Theory]
    [InlineData(KeyValueFormat.F16)]
    [InlineData(KeyValueFormat.F32)]
    [InlineData(KeyValueFormat.Int8)]
    public async Task A_prompt_gives_the_same_bits_in_any_pieces_beside_others_and_by_any_number_of_threads(KeyValueFormat format)
    {
        int[] prompt = Prompt(3, 200);
        float[] whole = Last(_model, [prompt.Length]);
        Assert.Equal(whole, Last(_model, [1, 1, 3, 60, 64, 71]));
        using LanguageModel other = LanguageModel.Load(Paths.Model, new() { Threads = 3 });
        Assert.Equal(whole, Last(other, [17, 183]));
        using Sequence beside = _model.Begin();
        Task others = Task.Run(() => beside.Append(Prompt(5, 150), Token).Length, Token);
        Assert.Equal(whole, Last(_model, [prompt.Length]));
        await others;

        float[] Last(LanguageModel model, int[] pieces)
        {
            using Sequence sequence = model.Begin(new() { KeyValues = format });
            int at = 0;
            foreach (int piece in pieces)
            {
                sequence.Append(prompt.AsSpan(at, piece), Token);
                at += piece;
            }
            return sequence.Logits.ToArray();
        }
    }

    [Fact]
    public void Threads_that_generate_from_one_model_write_what_each_would_write_alone()
    {
        string[] prompts = ["Once upon a time", "The captain looked", "She said", "In the morning", "A dog", "He was", "When they came", "The sea"];
        var options = new GenerationOptions { MaxTokens = 20, Temperature = 0 };
        string[] expected = [.. prompts.Select(p => new TextGenerator(_model).Generate(p, options, cancellationToken: Token).Text)];
        for (int round = 0; round < 3; round++)
        {
            var texts = new string[prompts.Length];
            Thread[] threads = [.. prompts.Select((p, i) => new Thread(() => texts[i] = new TextGenerator(_model).Generate(p, options).Text))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            Assert.Equal(expected, texts);
        }
    }

    [Fact]
    public async Task Calls_that_block_no_thread_give_the_same()
    {
        int[] prompt = Prompt(1, 20);
        using Sequence blocking = _model.Begin();
        float[] expected = blocking.Append(prompt, Token).ToArray(), next = blocking.Decode(5, Token).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, 20), Token, async (_, token) =>
        {
            using Sequence sequence = _model.Begin();
            Assert.Equal(expected, (await sequence.AppendAsync(prompt, token)).ToArray());
            Assert.Equal(next, (await sequence.DecodeAsync(5, token)).ToArray());
        });
    }

    [Fact]
    public void A_fork_and_a_cut_go_on_as_a_sequence_of_their_own_would()
    {
        int[] prompt = Prompt(2, 100);
        using Sequence sequence = _model.Begin();
        sequence.Append(prompt, Token);
        using Sequence fork = sequence.Fork();
        float[] left = sequence.Append([7, 8, 9], Token).ToArray(), right = fork.Append([11, 12], Token).ToArray();
        Assert.Equal(Fresh([.. prompt, 7, 8, 9]), left);
        Assert.Equal(Fresh([.. prompt, 11, 12]), right);
        sequence.Truncate(40);
        Assert.Equal(Fresh([.. prompt[..40], 3]), sequence.Append([3], Token).ToArray());
        Assert.Equal(Fresh([.. prompt, 11, 12, 4]), fork.Append([4], Token).ToArray());

        float[] Fresh(int[] ids)
        {
            using Sequence own = _model.Begin();
            return own.Append(ids, Token).ToArray();
        }
    }

    [Fact]
    public void A_windowed_model_goes_back_further_than_its_window_by_computing_again()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-mistral"), new() { ContextLength = 4000 });
        int[] ids = [.. Enumerable.Range(0, 1500).Select(i => (i * 31) % model.VocabularySize)];
        using Sequence sequence = model.Begin();
        sequence.Append(ids, Token);
        sequence.Truncate(700);
        float[] again = sequence.Append(ids.AsSpan(700, 30), Token).ToArray();
        using Sequence fresh = model.Begin();
        Assert.Equal(fresh.Append(ids.AsSpan(0, 730), Token).ToArray(), again);
    }

    [Fact]
    public void Positions_that_a_windowed_model_computes_again_are_not_given_again()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-mistral"), new() { ContextLength = 4000 });
        int[] ids = [.. Enumerable.Range(0, 1500).Select(i => (i * 31) % model.VocabularySize)];
        using Sequence sequence = model.Begin(), fresh = model.Begin();
        sequence.Append(ids, Token);
        sequence.Truncate(700);
        var given = new List<int>();
        var rows = new List<float>();
        sequence.AppendAll(ids.AsSpan(700, 30), Take, Token);
        Assert.Equal(Enumerable.Range(700, 30), given);
        float[] again = [.. rows];
        (given, rows) = ([], []);
        fresh.Append(ids.AsSpan(0, 700), Token);
        fresh.AppendAll(ids.AsSpan(700, 30), Take, Token);
        Assert.Equal(rows, again);

        void Take(int first, int count, ReadOnlySpan<float> logits)
        {
            given.AddRange(Enumerable.Range(first, count));
            rows.AddRange(logits);
        }
    }

    [Fact]
    public void A_windowed_model_goes_back_to_the_end_of_an_earlier_prompt()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-mistral"), new() { ContextLength = 4000 });
        int[] ids = [.. Enumerable.Range(0, 1500).Select(i => (i * 31) % model.VocabularySize)];
        using Sequence sequence = model.Begin(), fresh = model.Begin();
        sequence.Append(ids.AsSpan(0, 700), Token);
        sequence.Append(ids.AsSpan(700), Token);
        sequence.Truncate(710);
        Assert.Equal(fresh.Append(ids.AsSpan(0, 730), Token).ToArray(), sequence.Append(ids.AsSpan(710, 20), Token).ToArray());
    }

    [Fact]
    public void A_text_is_decoded_far_from_its_start_alike_by_any_number_of_threads_and_beside_others()
    {
        const int Long = 1500;
        string path = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        int[] ids = [.. Prompt(6, Long), 5, 6, 7];
        var options = new SequenceOptions { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 };
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            using LanguageModel model = LanguageModel.Load(path, new() { Threads = threads, ContextLength = 2000 });
            using Sequence alone = model.Begin(options), shared = model.Begin(options), middle = model.Begin(options), small = model.Begin();
            alone.Append(ids.AsSpan(0, Long), Token);
            shared.Append(ids.AsSpan(0, Long), Token);
            middle.Append(Prompt(7, 600), Token);
            float[][] decoded = [.. ids[Long..].Select(id => alone.Decode(id, Token).ToArray())];
            for (int i = 0; i < decoded.Length; i++)
            {
                model.Decode([middle, shared, small], [8, ids[Long + i], 9], Token);
                Assert.Equal(decoded[i], shared.Logits.ToArray());
            }
            Assert.Equal(first ??= decoded, decoded);

            // Prompts go another way, without parts.
            using Sequence prompt = model.Begin(options);
            float[] expected = prompt.Append(ids, Token).ToArray();
            Assert.All(expected.Zip(decoded[^1]), pair => Assert.Equal(pair.First, pair.Second, 2e-4f));
        }
    }

    [Fact]
    public void Logits_that_no_array_holds_are_refused()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-mistral"), new() { ContextLength = 10_000_000 });
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => model.Logits(new int[Array.MaxLength / 320 + 1]));
        Assert.Contains("in pieces", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Logits(new int[10_000_001]));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Logits([]));
    }

    [Fact]
    public void Disposing_a_sequence_in_a_call_is_refused_as_often_as_it_is_tried_and_frees_nothing()
    {
        Sequence sequence = _model.Begin();
        int[] prompt = Prompt(1, 100);
        long before = 0;
        sequence.AppendAll(
            prompt,
            (_, _, _) =>
            {
                before = _model.KeyValueBytes;
                for (int i = 0; i < 3; i++)
                {
                    Assert.Throws<InvalidOperationException>(sequence.Dispose);
                }
                Assert.Equal((before, true), (_model.KeyValueBytes, before > 0));
            },
            Token);
        Assert.Equal(before, _model.KeyValueBytes);

        // It is as usable as it was.
        using Sequence fresh = _model.Begin();
        fresh.Append(prompt, Token);
        Assert.Equal(fresh.Decode(5, Token).ToArray(), sequence.Decode(5, Token).ToArray());
        sequence.Dispose();
        sequence.Dispose();
        Assert.Equal(fresh.Bytes, _model.KeyValueBytes);
        Assert.Throws<ObjectDisposedException>(() => { sequence.Append([1], Token); });
    }

    [Fact]
    public async Task Disposing_a_model_in_use_ends_its_calls()
    {
        LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });
        Task[] calls = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() =>
        {
            using Sequence sequence = model.Begin();
            sequence.Append(Prompt(i, 30), CancellationToken.None);
            while (true)
            {
                sequence.Decode(5, CancellationToken.None);
                sequence.Truncate(30);
            }
        }, Token))];
        await Task.Delay(200, Token);
        model.Dispose();
        foreach (Task call in calls)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        }
        Assert.Throws<ObjectDisposedException>(() => model.Begin());
    }

    [Fact]
    public void A_cancelled_call_leaves_the_sequence_as_it_was()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { ContextLength = 2000 });
        using Sequence sequence = model.Begin();
        sequence.Append(Prompt(1, 10), Token);
        using var cancelled = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => sequence.AppendAll(Prompt(2, 1500), (_, _, _) => cancelled.Cancel(), cancelled.Token));
        Assert.Equal(10, sequence.Length);
        using Sequence fresh = model.Begin();
        fresh.Append(Prompt(1, 10), Token);
        Assert.Equal(fresh.Decode(4, Token).ToArray(), sequence.Decode(4, Token).ToArray());
    }

    [Fact]
    public void Misuse_is_refused()
    {
        using Sequence sequence = _model.Begin(new() { Length = 5 });
        Assert.Throws<ArgumentException>(() => { sequence.Append([], Token); });
        Assert.Throws<ArgumentException>(() => { sequence.Append([1, 2, 3, 4, 5, 6], Token); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { sequence.Append([-1], Token); });
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Begin(new() { Length = 100000 }));
        sequence.Append([1, 2], Token);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(3));
        sequence.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { sequence.Append([1], Token); });
    }

    [Fact]
    public void A_limit_on_keys_and_values_fails_one_call_and_no_other()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model);
        long perPage = (long)(model.KeyValueBytesPerToken(KeyValueFormat.F16) * 64);
        using LanguageModel limited = LanguageModel.Load(Paths.Model, new() { KeyValueLimit = 2 * perPage });
        using Sequence first = limited.Begin(), second = limited.Begin();
        first.Append(Prompt(1, 60), Token);
        second.Append(Prompt(2, 60), Token);
        Assert.Throws<DecoupleQException>(() => { second.Append(Prompt(2, 60), Token); });
        Assert.Equal(60, second.Length);
        first.Decode(5, Token);
        second.Decode(5, Token);
        first.Dispose();
        second.Append(Prompt(2, 60), Token);
        Assert.Equal(2 * perPage, limited.KeyValueBytes);
    }

    [Fact]
    public void An_embedding_is_the_state_of_the_last_position_or_the_mean_of_all()
    {
        int[] ids = Prompt(4, 9);
        float[] last = _model.Embed(ids, Pooling.Last, Token), mean = _model.Embed(ids, Pooling.Mean, Token);
        var sum = new float[last.Length];
        for (int length = 1; length <= ids.Length; length++)
        {
            TensorPrimitives.Add(sum, _model.Embed(ids[..length], Pooling.Last, Token), sum);
        }
        Assert.All(sum.Zip(mean), pair => Assert.Equal(pair.First / ids.Length, pair.Second, 1e-4f));
        Assert.NotEqual(last, mean);
    }

    private static int Best(float[] logits) => TensorPrimitives.IndexOfMax(logits);

    private static int[] Prompt(int seed, int length) => [1, .. Enumerable.Range(1, length - 1).Select(i => 3 + ((seed * 7919) + (i * 104729)) % 4000)];
}
