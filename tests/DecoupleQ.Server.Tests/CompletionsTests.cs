using System.Text.Json.Nodes;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Server.Tests;

public sealed class CompletionsTests(BooksServer server) : IClassFixture<BooksServer>
{
    private const string Path = "/v1/completions", Prompt = "Once upon a time";

    [Fact]
    public async Task Text_is_what_the_library_writes()
    {
        using var model = LanguageModel.Load(Paths.Model);
        GenerationResult expected = new TextGenerator(model)
            .Generate(Prompt, new() { MaxTokens = 24, Temperature = 0 }, cancellationToken: TestContext.Current.CancellationToken);
        JsonObject response = await server.PostAsync(Path, new { model = "books-8m", prompt = Prompt, max_tokens = 24, temperature = 0 });
        Assert.Equal("text_completion", (string?)response["object"]);
        Assert.Equal(expected.Text, (string?)response["choices"]![0]!["text"]);
        Assert.Equal("length", (string?)response["choices"]![0]!["finish_reason"]);
        Assert.Equal(expected.PromptTokens, (int)response["usage"]!["prompt_tokens"]!);
        Assert.Equal(24, (int)response["usage"]!["completion_tokens"]!);
        Assert.Equal(expected.PromptTokens + 24, (int)response["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task A_stream_gives_the_same_text_as_one_answer()
    {
        var body = new { prompt = Prompt, max_tokens = 24, temperature = 0.8, seed = 7, stream = false };
        string? expected = (string?)(await server.PostAsync(Path, body))["choices"]![0]!["text"];
        IReadOnlyList<JsonObject> events = await server.StreamAsync(
            Path, new { prompt = Prompt, max_tokens = 24, temperature = 0.8, seed = 7, stream = true, stream_options = new { include_usage = true } });
        Assert.Equal(expected, string.Concat(events.SelectMany(e => e["choices"]!.AsArray()).Select(choice => (string?)choice!["text"])));
        Assert.Equal("length", (string?)events[^2]["choices"]![0]!["finish_reason"]);
        Assert.Empty(events[^1]["choices"]!.AsArray());
        Assert.Equal(24, (int)events[^1]["usage"]!["completion_tokens"]!);
        Assert.All(events.SkipLast(1), e => Assert.Null(e["usage"]));
    }

    [Fact]
    public async Task Several_prompts_and_repetitions_are_told_apart()
    {
        string[] prompts = ["It was a dark night, and", Prompt];
        var together = new { prompt = prompts, n = 2, max_tokens = 12, temperature = 1, seed = 3 };
        string?[] texts = [.. (await server.PostAsync(Path, together))["choices"]!.AsArray().Select(choice => (string?)choice!["text"])];
        Assert.Equal(4, texts.Distinct().Count());
        for (int i = 0; i < 4; i++)
        {
            JsonObject alone = await server.PostAsync(
                Path, new { prompt = prompts[i / 2], max_tokens = 12, temperature = 1, seed = 3 + (i % 2) });
            Assert.Equal((string?)alone["choices"]![0]!["text"], texts[i]);
        }
        IReadOnlyList<JsonObject> events = await server.StreamAsync(
            Path, new { prompt = prompts, n = 2, max_tokens = 12, temperature = 1, seed = 3, stream = true });
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(texts[i], string.Concat(events.Select(e => e["choices"]![0]!).Where(c => (int)c["index"]! == i).Select(c => (string?)c["text"])));
        }
    }

    [Fact]
    public async Task Ids_are_a_prompt_as_they_are()
    {
        using var model = LanguageModel.Load(Paths.Model);
        int[] ids = [model.Tokenizer.LeadingId!.Value, .. model.Tokenizer.Encode(Prompt)];
        string? text = await TextOf(new { prompt = Prompt, max_tokens = 8, temperature = 0 });
        Assert.Equal(text, await TextOf(new { prompt = ids, max_tokens = 8, temperature = 0 }));
        Assert.Equal(text, await TextOf(new { prompt = (int[][])[ids], max_tokens = 8, temperature = 0 }));
        Assert.NotEqual(text, await TextOf(new { prompt = ids[1..], max_tokens = 8, temperature = 0 }));
    }

    [Fact]
    public async Task A_stop_text_ends_it_and_is_not_in_it()
    {
        string? text = await TextOf(new { prompt = Prompt, max_tokens = 24, temperature = 0 });
        string stop = text!.Substring(8, 5);
        JsonObject response = await server.PostAsync(Path, new { prompt = Prompt, max_tokens = 24, temperature = 0, stop = (string[])["never", stop] });
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], (string?)response["choices"]![0]!["text"]);
        Assert.Equal("stop", (string?)response["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task A_prompt_is_given_back_with_the_log_probabilities_of_its_tokens()
    {
        JsonObject response = await server.PostAsync(Path, new { prompt = Prompt, max_tokens = 3, temperature = 0, echo = true, logprobs = 2 });
        JsonNode choice = response["choices"]![0]!;
        string text = (string)choice["text"]!;
        Assert.StartsWith(Prompt, text, StringComparison.Ordinal);
        string[] tokens = [.. choice["logprobs"]!["tokens"]!.AsArray().Select(token => (string)token!)];
        int[] offsets = [.. choice["logprobs"]!["text_offset"]!.AsArray().Select(offset => (int)offset!)];
        Assert.Equal(text, string.Concat(tokens));
        Assert.Equal(tokens.Length, offsets.Length);
        Assert.All(tokens.Index(), token => Assert.Equal(token.Item, text.Substring(offsets[token.Index], token.Item.Length)));
        JsonArray best = choice["logprobs"]!["top_logprobs"]!.AsArray();
        double[] own = [.. choice["logprobs"]!["token_logprobs"]!.AsArray().Select(value => (double)value!)];
        Assert.All(tokens.Index(), token => Assert.Equal(own[token.Index], (double)best[token.Index]![token.Item]!, 1e-12));
        Assert.All(best, entry => Assert.InRange(entry!.AsObject().Count, 2, 3));

        JsonObject read = await server.PostAsync(Path, new { prompt = Prompt, max_tokens = 0, echo = true, logprobs = 0 });
        Assert.Equal(Prompt, (string?)read["choices"]![0]!["text"]);
        Assert.Equal(own[..^3], read["choices"]![0]!["logprobs"]!["token_logprobs"]!.AsArray().Select(value => (double)value!));
        Assert.Equal(0, (int)read["usage"]!["completion_tokens"]!);
    }

    /// <summary>What an evaluation harness does: the log-likelihood of each choice behind its prompt.</summary>
    [Fact]
    public async Task Choices_score_as_in_the_golden_file()
    {
        Tokenizer tokenizer = TokenizerOf();
        (JsonNode Task, JsonNode Expected)[] tasks = [.. Lines("choice.jsonl").Zip(Lines("choice.books-8m.jsonl"))];
        Assert.Equal(120, tasks.Length);
        double worst = 0;
        foreach ((JsonNode task, JsonNode expected) in tasks)
        {
            string[] texts = [.. task["choices"]!.AsArray().Select(choice => $"{task["prompt"]} {choice}")];
            int[][] prompts = [.. texts.Select(text => (int[])[tokenizer.LeadingId!.Value, .. tokenizer.Encode(text)])];
            JsonObject response = await server.PostAsync(Path, new { prompt = prompts, max_tokens = 1, temperature = 0, echo = true, logprobs = 1 });
            foreach ((int index, JsonNode? choice) in response["choices"]!.AsArray().Index())
            {
                double[] scores = [.. choice!["logprobs"]!["token_logprobs"]!.AsArray().Select(value => (double?)value ?? 0)];
                Assert.Equal(prompts[index].Length + 1, scores.Length);
                int tokens = (int)expected["tokens"]![index]!;
                worst = Math.Max(worst, Math.Abs(scores[^(tokens + 1)..^1].Sum() - (double)expected["logLikelihoods"]![index]!));
            }
        }
        Assert.InRange(worst, 0, 1e-3);
    }

    private static Tokenizer TokenizerOf()
    {
        using var model = LanguageModel.Load(Paths.Model);
        return model.Tokenizer;
    }

    private static JsonNode[] Lines(string name) =>
        [.. File.ReadLines(Paths.Golden("golden", "tasks", name)).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!)];

    private async Task<string?> TextOf(object body) => (string?)(await server.PostAsync(Path, body))["choices"]![0]!["text"];
}
