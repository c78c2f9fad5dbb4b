using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Serving;

public sealed class TextServiceTests
{
    private const string Shared = "It was a bright cold day in the town, and the old captain looked at the sea. The men were on the shore, and nobody said a "
        + "word. The men were on the shore, and nobody said a word. The men were on the shore, and nobody said a word. The wind was low, and the ships were "
        + "far away from the land. Then the captain turned, and";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prompt_that_was_read_before_changes_no_bit()
    {
        using LanguageModel model = Load();
        string[] prompts = [Shared, Shared + " the wind", Shared + " the wind and the rain", Shared[..^20] + " nobody", "Once upon a time"];
        GenerationResult[] alone = [.. prompts.Select(prompt => new TextGenerator(model).Generate(prompt, Options(7), cancellationToken: Ended))];
        using var service = new TextService(model);
        for (int round = 0; round < 2; round++)
        {
            foreach ((int i, string prompt) in prompts.Index())
            {
                GenerationResult served = await Write(service, prompt, 7);
                Same(alone[i], served);
                Assert.Equal(i == 4 ? 0 : round == 0 && i == 0 ? 0 : 1, Math.Sign(served.ReusedTokens));
            }
        }
        Assert.Equal((0, 0), (service.Status.Running, service.Status.Waiting));
        Assert.True(service.Status.PromptCacheBytes > 0);
    }

    [Fact]
    public async Task What_prompts_have_in_common_is_read_once_also_when_they_come_at_once()
    {
        using LanguageModel model = Load();
        using var service = new TextService(model);
        string[] prompts = [.. Enumerable.Range(0, 8).Select(i => $"{Shared} number {i}")];
        GenerationResult[] served = await Task.WhenAll(prompts.Select((prompt, i) => Write(service, prompt, (ulong)i)));
        // One reads it, and the others wait for that.
        Assert.Equal(7, served.Count(result => result.ReusedTokens > 64));
        foreach ((int i, GenerationResult result) in served.Index())
        {
            Same(new TextGenerator(model).Generate(prompts[i], Options((ulong)i), cancellationToken: Ended), result);
        }
    }

    [Fact]
    public async Task Who_reads_and_is_cancelled_leaves_nobody_waiting()
    {
        using LanguageModel model = Load();
        using var service = new TextService(model);
        using var left = new CancellationTokenSource();
        Task<GenerationResult> first = Write(service, Shared, 1, left.Token);
        Task<GenerationResult> second = Write(service, Shared + " the rain", 2);
        await left.CancelAsync();
        try
        {
            await first;
        }
        catch (OperationCanceledException)
        {
        }
        Same(new TextGenerator(model).Generate(Shared + " the rain", Options(2), cancellationToken: Ended), await second);
        Assert.Equal(0, service.Status.Running);
    }

    [Fact]
    public async Task Memory_stays_within_the_limit_and_prompts_make_way_for_texts()
    {
        using LanguageModel measured = Load();
        long each = measured.KeyValueBytesFor(256, KeyValueFormat.F16);
        using LanguageModel model = Load(2 * each);
        using var service = new TextService(model);
        long most = 0;
        GenerationResult[] served = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            GenerationResult result = await Write(service, $"{i} {Shared}", (ulong)i);
            most = Math.Max(most, model.KeyValueBytes);
            return result;
        }));
        Assert.All(served, result => Assert.Equal(24, result.Ids.Count));
        Assert.InRange(most, 1, 2 * each);
        DecoupleQException refused = await Assert.ThrowsAsync<DecoupleQException>(async () =>
        {
            using LanguageModel small = Load(each / 8);
            using var narrow = new TextService(small);
            await Write(narrow, Shared, 1);
        });
        Assert.Equal("max-tokens", refused.Field);
    }

    [Fact]
    public async Task Without_a_cache_nothing_is_kept()
    {
        using LanguageModel model = Load();
        using var service = new TextService(model, new ServiceLimits { PromptCacheBytes = 0 });
        Assert.Equal(0, (await Write(service, Shared, 1)).ReusedTokens);
        Assert.Equal(0, (await Write(service, Shared, 1)).ReusedTokens);
        Assert.Equal(0, model.KeyValueBytes);
    }

    [Fact]
    public async Task A_text_is_scored_by_its_own_logits()
    {
        using LanguageModel model = Load();
        using var service = new TextService(model);
        int[] ids = [model.Tokenizer.LeadingId!.Value, .. model.Tokenizer.Encode("Once upon a time there was")];
        IReadOnlyList<TokenLogProbabilities?> scores = await service.ScoreAsync(ids, best: 3, cancellationToken: Ended);
        float[] logits = model.Logits(ids);
        int vocabulary = model.VocabularySize;
        Assert.Null(scores[0]);
        for (int i = 1; i < ids.Length; i++)
        {
            float[] row = logits[((i - 1) * vocabulary)..(i * vocabulary)];
            double sum = Math.Log(row.Sum(logit => Math.Exp(logit)));
            Assert.Equal(row[ids[i]] - sum, scores[i]!.LogProbability, 1e-5);
            Assert.Equal(row.Max() - sum, scores[i]!.Best[0].LogProbability, 1e-5);
        }
        await Assert.ThrowsAsync<DecoupleQException>(() => service.ScoreAsync([], cancellationToken: Ended));
        await Assert.ThrowsAsync<DecoupleQException>(() => service.ScoreAsync(new int[model.ContextLength + 1], cancellationToken: Ended));
    }

    [Fact]
    public async Task A_loaded_service_has_its_model_to_itself_with_a_limit_of_memory()
    {
        TextService service = TextService.Load(Paths.Model, new() { Threads = 1 }, new() { Running = 3 }, Ended);
        Assert.Equal((TextService.DefaultKeyValueLimit, 3), (service.Model.KeyValueLimit, service.Limits.Running));
        Assert.InRange(TextService.DefaultKeyValueLimit, 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
        using (LanguageModel model = Load())
        {
            Same(new TextGenerator(model).Generate(Shared, Options(3), cancellationToken: Ended), await Write(service, Shared, 3));
        }
        service.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Write(service, Shared, 3));
        using (TextService limited = TextService.Load(Paths.Model, new() { Threads = 1, KeyValueLimit = 1 << 20 }, cancellationToken: Ended))
        {
            Assert.Equal(1 << 20, limited.Model.KeyValueLimit);
        }
        Assert.Throws<DecoupleQException>(() => TextService.Load(Paths.Model, limits: new() { Running = 0 }, cancellationToken: Ended));
    }

    [Theory]
    [InlineData(Pooling.Mean, true)]
    [InlineData(Pooling.Last, false)]
    public async Task An_embedding_is_finished_as_the_model_has_it(Pooling pooling, bool normalizes)
    {
        using LanguageModel model = Load();
        using var service = new TextService(model);
        int[] ids = [1, 30, 40, 50];
        float[] vector = await service.EmbedAsync(ids, new PoolingConfig(pooling, normalizes), Ended), raw = model.Embed(ids, pooling, Ended);
        double length = normalizes ? Math.Sqrt(raw.Sum(number => (double)number * number)) : 1;
        Assert.NotEqual(0, length);
        Assert.Equal(raw.Select(number => (float)(number / length)), vector);
    }

    private static LanguageModel Load(long? limit = null) => LanguageModel.Load(Paths.Model, new() { Threads = 1, KeyValueLimit = limit });

    private static GenerationOptions Options(ulong seed) => new() { MaxTokens = 24, Temperature = 0.9, Seed = seed, LogProbabilities = 1 };

    private static void Same(GenerationResult expected, GenerationResult actual)
    {
        Assert.Equal(expected.Ids, actual.Ids);
        Assert.Equal(expected.Text, actual.Text);
        // To the last bit.
        Assert.Equal(expected.LogProbabilities!.Select(token => token.LogProbability), actual.LogProbabilities!.Select(token => token.LogProbability));
    }

    private static async Task<GenerationResult> Write(TextService service, string prompt, ulong seed, CancellationToken? cancellation = null)
    {
        GenerationResult? result = null;
        var request = new TextRequest { Options = Options(seed) };
        await foreach (GeneratedToken token in service.GenerateAsync(service.Model.Tokenizer.Encode(prompt), request, cancellation ?? Ended))
        {
            result = token.Result;
        }
        return result!;
    }
}
