using System.Text.Json.Nodes;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Generation;

public sealed class TextGeneratorTests : IDisposable
{
    private const string Prompt = "The captain of the ship";

    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_prompt_in_pieces_is_the_prompt_and_is_read_no_further_than_the_context()
    {
        var generator = new TextGenerator(_model);
        GenerationOptions options = new() { MaxTokens = 8, Temperature = 0 };
        Assert.Equal(
            generator.Generate(Prompt, options, cancellationToken: Token).Ids,
            generator.Generate([Prompt.AsMemory(0, 5), Prompt.AsMemory(5)], options, cancellationToken: Token).Ids);

        int read = 0;
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => generator.Generate(Endless(), options, cancellationToken: Token));
        Assert.Matches(@"^prompt: The prompt has \d+ tokens and more, but the model's context is 256\. \(expected: a shorter prompt\)$", error.Message);
        Assert.InRange(read, 1, 4);
        string little = string.Concat(Enumerable.Repeat("word ", 300));
        Assert.Matches(@"has \d+ tokens, but", Assert.Throws<DecoupleQException>(() => generator.Generate(little, options, cancellationToken: Token)).Message);

        IEnumerable<ReadOnlyMemory<char>> Endless()
        {
            for (; ; read++)
            {
                yield return string.Concat(Enumerable.Repeat("word ", 10_000)).AsMemory();
            }
        }
    }

    [Fact]
    public void Encoding_a_prompt_ends_when_it_is_to_end()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => new TextGenerator(_model).GenerateAsync(Prompt, cancellationToken: source.Token));
        Assert.Throws<OperationCanceledException>(() => new TextGenerator(_model).Generate(Prompt, cancellationToken: source.Token));
    }

    [Fact]
    public void A_stop_text_ends_the_generation_wherever_tokens_are_cut()
    {
        GenerationResult whole = Generate(new() { MaxTokens = 24 });
        // Every text of three letters that occurs: most of them begin or end inside a token.
        for (int start = 0; start + 3 <= whole.Text.Length; start += 7)
        {
            string stop = whole.Text.Substring(start, 3), shown = "";
            GenerationResult result = new TextGenerator(_model).Generate(
                Prompt, new() { MaxTokens = 24, Temperature = 0, Stop = [stop] }, piece => shown += piece, Token);
            Assert.Equal(FinishReason.StopText, result.FinishReason);
            Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], result.Text);
            Assert.Equal(result.Text, shown);
            Assert.Equal(whole.Ids.Take(result.Ids.Count), result.Ids);
        }
    }

    [Fact]
    public void An_end_token_ends_the_generation_and_is_not_shown()
    {
        GenerationResult plain = Generate(new() { MaxTokens = 12 });
        int end = plain.Ids[8];
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "generation_config.json", new JsonObject { ["eos_token_id"] = new JsonArray(4095, end) });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        Assert.Equal([end, 4095], model.EndIds.Order());
        GenerationResult result = new TextGenerator(model).Generate(Prompt, new() { MaxTokens = 12, Temperature = 0 }, cancellationToken: Token);
        int length = plain.Ids.ToList().IndexOf(end) + 1;
        Assert.Equal(FinishReason.EndToken, result.FinishReason);
        Assert.Equal(plain.Ids.Take(length), result.Ids);
        Assert.Equal(Generate(new() { MaxTokens = length - 1 }).Text, result.Text);
    }

    [Fact]
    public void A_full_context_ends_the_generation()
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "config.json", new JsonObject { ["max_position_embeddings"] = 16 });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        GenerationResult result = new TextGenerator(model).Generate(Prompt, new() { Temperature = 0 }, cancellationToken: Token);
        Assert.Equal(FinishReason.ContextFull, result.FinishReason);
        // All of the text, the last token too, which needs no keys and values.
        Assert.Equal(16, result.PromptTokens + result.Ids.Count);
        Assert.Equal(Generate(new() { MaxTokens = result.Ids.Count }).Ids, result.Ids);

        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => new TextGenerator(model).Generate(string.Concat(Enumerable.Repeat(Prompt, 5)), cancellationToken: Token));
        Assert.Equal("prompt", error.Field);
        Assert.Contains("16", error.Message);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text()
    {
        var options = new GenerationOptions { MaxTokens = 16, Temperature = 1, TopK = 50, TopP = 0.95, Seed = 3 };
        GenerationResult first = Generate(options);
        Assert.Equal(first.Ids, Generate(options).Ids);
        Assert.NotEqual(first.Ids, Generate(options with { Seed = 4 }).Ids);
        Assert.Equal(3ul, first.Seed);
    }

    [Fact]
    public void A_seed_that_is_not_given_is_drawn_and_gives_the_same_text_again()
    {
        var options = new GenerationOptions { MaxTokens = 16, Temperature = 1 };
        GenerationResult first = Generate(options), second = Generate(options);
        Assert.NotEqual(first.Seed, second.Seed);
        Assert.NotEqual(first.Ids, second.Ids);
        Assert.Equal(first.Ids, Generate(options with { Seed = first.Seed }).Ids);
        Assert.Null(Generate(new() { MaxTokens = 1 }).Seed);
    }

    [Fact]
    public void Without_options_the_model_is_sampled_as_its_files_say()
    {
        // The sample's: temperature 0.8, top-p 0.95; its length of 256 has no effect.
        GenerationResult drawn = new TextGenerator(_model).Generate(Prompt, new() { MaxTokens = 16 }, cancellationToken: Token);
        Assert.Equal(drawn.Ids, Generate(new() { MaxTokens = 16, Temperature = 0.8, TopP = 0.95, Seed = drawn.Seed }).Ids);
    }

    [Fact]
    public void A_stop_text_that_spells_a_special_token_ends_the_generation_at_its_id()
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "generation_config.json", new JsonObject { ["eos_token_id"] = 4095, ["do_sample"] = false });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        int special = model.Tokenizer.IdOf("</s>")!.Value;
        var options = new GenerationOptions { MaxTokens = 3, LogitBias = new Dictionary<int, double> { [special] = 100 }, Stop = ["x y z", "</s>"] };
        GenerationResult stopped = new TextGenerator(model).Generate(Prompt, options, cancellationToken: Token);
        Assert.Equal((FinishReason.StopText, ""), (stopped.FinishReason, stopped.Text));
        Assert.Equal([special], stopped.Ids);
        Assert.Equal([special, special, special], new TextGenerator(model).Generate(Prompt, options with { Stop = [] }, cancellationToken: Token).Ids);

        // A token that the text shows is matched in the text alone: the vocabulary's spelling of one is no stop text.
        const string Spelling = "\u2581the";
        var the = new Dictionary<int, double> { [_model.Tokenizer.IdOf(Spelling)!.Value] = 100 };
        GenerationResult shown = Generate(new() { MaxTokens = 1, LogitBias = the, Stop = [Spelling] });
        Assert.Equal((FinishReason.MaxTokens, " the"), (shown.FinishReason, shown.Text));
    }

    [Fact]
    public async Task A_token_without_text_says_how_much_of_the_text_before_it_is_held_back()
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "generation_config.json", new JsonObject { ["eos_token_id"] = 4095, ["do_sample"] = false });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        int the = model.Tokenizer.IdOf("\u2581the")!.Value, special = model.Tokenizer.IdOf("</s>")!.Value;
        var options = new GenerationOptions { MaxTokens = 5, Constraint = new Given([the, special, special, the, the]), Stop = ["the sea"] };
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in new TextGenerator(model).GenerateAsync(Prompt, options, Token))
        {
            tokens.Add(token);
        }
        Assert.Equal([(" ", 3), ("", 3), ("", 3), ("the ", 3), ("the the", 0)], tokens.Select(token => (token.Text, token.HeldBack)));
    }

    private sealed class Given(int[] ids) : ITokenConstraint
    {
        public void Allow(ReadOnlySpan<int> generated, TokenMask allowed)
        {
            allowed.SetAll(false);
            allowed[ids[generated.Length]] = true;
        }
    }

    [Fact]
    public void Further_end_ids_end_the_generation()
    {
        GenerationResult plain = Generate(new() { MaxTokens = 12 });
        int end = plain.Ids[8];
        GenerationResult ended = Generate(new() { MaxTokens = 12, EndIds = [7, end] });
        Assert.Equal(FinishReason.EndToken, ended.FinishReason);
        Assert.Equal(plain.Ids.Take(plain.Ids.ToList().IndexOf(end) + 1), ended.Ids);
    }

    [Fact]
    public void Log_probabilities_come_with_each_token_where_they_are_asked_for()
    {
        GenerationResult result = Generate(new() { MaxTokens = 5, LogProbabilities = 2 });
        Assert.Equal(result.Ids, result.LogProbabilities!.Select(token => token.Id));
        Assert.All(result.LogProbabilities!, token =>
        {
            Assert.Equal(2, token.Best.Count);
            Assert.Equal((token.Id, token.LogProbability), (token.Best[0].Id, token.Best[0].LogProbability)); // greedily the best is chosen
        });
        // Those of the first token are the softmax of the prompt's last logits.
        int[] prompt = [_model.Tokenizer.LeadingId!.Value, .. _model.Tokenizer.Encode(Prompt)];
        double[] logits = [.. _model.Logits(prompt).TakeLast(_model.VocabularySize).Select(logit => (double)logit)];
        Assert.Equal(logits.Max() - Math.Log(logits.Sum(Math.Exp)), result.LogProbabilities![0].LogProbability, 1e-4);
        Assert.Null(Generate(new() { MaxTokens = 1 }).LogProbabilities);
    }

    [Fact]
    public void A_constraint_sees_the_ids_so_far_and_decides_what_may_come()
    {
        GenerationResult result = Generate(new() { MaxTokens = 6, Temperature = 1, Constraint = new Alternating() });
        Assert.Equal([10, 11, 10, 11, 10, 11], result.Ids);
    }

    private sealed class Alternating : ITokenConstraint
    {
        public void Allow(ReadOnlySpan<int> generated, TokenMask allowed)
        {
            allowed.SetAll(false);
            allowed[10 + (generated.Length % 2)] = true;
        }
    }

    [Fact]
    public void Special_tokens_in_a_prompt_are_text_unless_asked_otherwise()
    {
        GenerationResult text = Generate(new() { MaxTokens = 1 }, "</s>" + Prompt);
        GenerationResult token = Generate(new() { MaxTokens = 1, SpecialTokens = SpecialTokens.Recognized }, "</s>" + Prompt);
        Assert.Equal(_model.Tokenizer.Encode("</s>" + Prompt).Count + 1, text.PromptTokens);
        Assert.True(token.PromptTokens < text.PromptTokens);
        // A prompt that spells its own beginning does not get a second one.
        GenerationResult own = Generate(new() { MaxTokens = 4, SpecialTokens = SpecialTokens.Recognized }, "<s>" + Prompt);
        Assert.Equal(Generate(new() { MaxTokens = 4 }).PromptTokens, own.PromptTokens);
    }

    [Fact]
    public void It_can_be_cancelled_between_two_tokens()
    {
        using var source = new CancellationTokenSource();
        int pieces = 0;
        Assert.Throws<OperationCanceledException>(() => new TextGenerator(_model).Generate(
            Prompt,
            new() { Temperature = 0 },
            onText: _ =>
            {
                pieces++;
                source.Cancel();
            },
            cancellationToken: source.Token));
        Assert.Equal(1, pieces);
    }

    public void Dispose() => _model.Dispose();

    // Greedily unless the options say otherwise.
    private GenerationResult Generate(GenerationOptions options, string prompt = Prompt) =>
        new TextGenerator(_model).Generate(prompt, options with { Temperature = options.Temperature ?? 0 }, cancellationToken: Token);
}
