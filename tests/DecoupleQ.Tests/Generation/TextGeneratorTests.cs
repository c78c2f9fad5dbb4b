using System.Text.Json.Nodes;
using DecoupleQ.Generation;
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
    public void A_stop_text_ends_the_generation_wherever_tokens_are_cut()
    {
        GenerationResult whole = Generate(new() { MaxTokens = 24 });
        // Every text of three letters that occurs: most of them begin or end inside a token.
        for (int start = 0; start + 3 <= whole.Text.Length; start += 7)
        {
            string stop = whole.Text.Substring(start, 3), shown = "";
            GenerationResult result = new TextGenerator(_model).Generate(Prompt, new() { MaxTokens = 24, Stop = [stop] }, piece => shown += piece, Token);
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
        GenerationResult result = new TextGenerator(model).Generate(Prompt, new() { MaxTokens = 12 }, cancellationToken: Token);
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
        GenerationResult result = new TextGenerator(model).Generate(Prompt, cancellationToken: Token);
        Assert.Equal(FinishReason.ContextFull, result.FinishReason);
        // The last token is predicted from a full context and needs no place in it.
        Assert.Equal(16 + 1, result.PromptTokens + result.Ids.Count);
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
    }

    [Fact]
    public void Special_tokens_in_a_prompt_are_text_unless_asked_otherwise()
    {
        GenerationResult text = Generate(new() { MaxTokens = 1 }, "</s>" + Prompt), token = Generate(new() { MaxTokens = 1, SpecialTokens = SpecialTokens.Recognized }, "</s>" + Prompt);
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
            onText: _ =>
            {
                pieces++;
                source.Cancel();
            },
            cancellationToken: source.Token));
        Assert.Equal(1, pieces);
    }

    public void Dispose() => _model.Dispose();

    private GenerationResult Generate(GenerationOptions options, string prompt = Prompt) => new TextGenerator(_model).Generate(prompt, options, cancellationToken: Token);
}
