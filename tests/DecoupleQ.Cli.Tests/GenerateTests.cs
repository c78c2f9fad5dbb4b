using System.Text.Json;
using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class GenerateTests
{
    private const string Prompt = "The old man looked at the";

    [Fact]
    public void A_prompt_that_is_too_long_is_refused_by_its_file()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("long.txt", string.Concat(Enumerable.Repeat("word by word ", 100_000)));
        string[] generate = ["generate", Paths.Model, "--prompt-file", file];
        Assert.Matches(
            $@"^decoupleq: {Regex.Escape(file)}: prompt: The prompt has \d+ tokens and more, but the model's context is 256\.",
            Tool.Run(generate).Expect(1).OneLine());
        string template = folder.Write("template.jinja", "{% for message in messages %}{{ message.content }}{% endfor %}");
        Assert.Matches(
            $@"^decoupleq: {Regex.Escape(file)}: conversation: The conversation has \d+ tokens and more, but",
            Tool.Run([.. generate, "--chat", "--chat-template", template]).Expect(1).OneLine());
    }

    [Fact]
    public void The_streamed_text_is_that_of_the_json_object()
    {
        JsonElement result = Generate("--max-tokens", "12", "--temperature", "0", "--json").Expect(0).Json();
        ToolResult streamed = Generate("--max-tokens", "12", "--temperature", "0").Expect(0);
        Assert.Equal(result.GetProperty("text").GetString() + Environment.NewLine, streamed.Output);
        Assert.Matches(@"prefill: \d+ tokens at [\d.]+ tokens/s; decode: 12 tokens at [\d.]+ tokens/s; ended by --max-tokens", streamed.Error);
        Assert.Equal(12, result.GetProperty("tokens").GetInt32());
        Assert.Equal(12, result.GetProperty("ids").GetArrayLength());
        Assert.Equal("maxTokens", result.GetProperty("finishReason").GetString());
        Assert.True(result.GetProperty("prefillTokensPerSecond").GetDouble() > 0);
        Assert.True(result.GetProperty("decodeTokensPerSecond").GetDouble() > 0);
        Assert.DoesNotContain(Prompt, result.GetProperty("text").GetString());
        Assert.False(result.TryGetProperty("seed", out _));
        Assert.DoesNotContain("seed", streamed.Error);
    }

    [Fact]
    public void A_drawn_seed_is_reported_and_gives_the_same_text_again()
    {
        JsonElement first = Generate("--max-tokens", "12", "--json").Expect(0).Json();
        ToolResult again = Generate("--max-tokens", "12", "--seed", first.GetProperty("seed").GetUInt64().ToString()).Expect(0);
        Assert.Equal(first.GetProperty("text").GetString() + Environment.NewLine, again.Output);
        Assert.EndsWith($"; seed {first.GetProperty("seed").GetUInt64()}", again.Error.TrimEnd());
    }

    [Fact]
    public void Log_probabilities_are_part_of_the_json_object()
    {
        JsonElement result = Generate("--max-tokens", "4", "--temperature", "0", "--logprobs", "3", "--json").Expect(0).Json();
        JsonElement[] tokens = [.. result.GetProperty("logprobs").EnumerateArray()];
        Assert.Equal(result.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), tokens.Select(token => token.GetProperty("id").GetInt32()));
        foreach (JsonElement token in tokens)
        {
            JsonElement[] best = [.. token.GetProperty("best").EnumerateArray()];
            Assert.Equal(3, best.Length);
            Assert.Equal(token.GetProperty("token").GetString(), best[0].GetProperty("token").GetString());
            Assert.Equal(token.GetProperty("logprob").GetDouble(), best[0].GetProperty("logprob").GetDouble());
            Assert.True(best[1].GetProperty("logprob").GetDouble() >= best[2].GetProperty("logprob").GetDouble());
        }
    }

    [Fact]
    public void Bias_end_ids_and_stop_texts_that_are_special_tokens_reach_the_model()
    {
        string[] biased = ["--temperature", "0", "--logit-bias", "10=100", "--max-tokens", "3", "--json"];
        Assert.Equal([10, 10, 10], Ids(Generate(biased)));
        JsonElement ended = Generate([.. biased, "--end-id", "5", "--end-id", "10"]).Expect(0).Json();
        Assert.Equal(("endToken", 1), (ended.GetProperty("finishReason").GetString(), ended.GetProperty("tokens").GetInt32()));
        // <s>, id 1, ends nothing by itself.
        JsonElement stopped = Generate("--temperature", "0", "--logit-bias", "1=100", "--stop", "<s>", "--json").Expect(0).Json();
        Assert.Equal(("stopText", 1), (stopped.GetProperty("finishReason").GetString(), stopped.GetProperty("tokens").GetInt32()));
        Assert.Contains("99999 is no id", Generate("--end-id", "99999").Expect(1).OneLine());
    }

    [Fact]
    public void An_answer_is_held_to_a_schema_a_regular_expression_or_a_grammar()
    {
        using var folder = new TemporaryFolder();
        string schema = folder.Write(
            "schema.json",
            """
            {"type": "object", "properties": {"name": {"enum": ["Tom", "Huck"]}, "age": {"type": "integer", "minimum": 7, "maximum": 99}},
            "required": ["name", "age"], "additionalProperties": false}
            """);
        string grammar = folder.Write("list.gbnf", "root ::= (\"- \" [a-z]{2,6} \"\\n\"){2}\n");
        JsonElement answer = Generate("--json-schema", schema, "--temperature", "1", "--seed", "3", "--json").Expect(0).Json();
        Assert.Equal("endToken", answer.GetProperty("finishReason").GetString());
        using JsonDocument value = JsonDocument.Parse(answer.GetProperty("text").GetString()!);
        Assert.InRange(value.RootElement.GetProperty("age").GetInt32(), 7, 99);
        Assert.Matches("^(- [a-z]{2,6}\n){2}$", Text("--grammar", grammar));
        Assert.Matches("^ (yes|no), [0-9]{3}$", Text("--regex", " (yes|no), \\d{3}"));
        Assert.StartsWith("{", Text("--json-object").TrimStart());

        static string Text(params string[] options) =>
            Generate([.. options, "--temperature", "0", "--json"]).Expect(0).Json().GetProperty("text").GetString()!;
    }

    [Fact]
    public void A_grammar_that_is_wrong_is_named_with_its_file_before_the_model_is_loaded()
    {
        using var folder = new TemporaryFolder();
        string schema = folder.Write("schema.json", """{"properties":{"a":{"not":{}}}}""");
        Assert.Contains($"{schema}: #/properties/a/not: The keyword not is not supported", Generate("--json-schema", schema).Expect(1).Error);
        Assert.Contains("Character 2 of the regular expression", Generate("--regex", "a)").Expect(1).Error);
        Assert.Contains("It was given beside --json-object", Generate("--json-object", "--regex", "a").Expect(2).Error);
    }

    [Fact]
    public void Penalties_keep_a_text_from_repeating_itself()
    {
        string[] biased = ["--temperature", "0", "--logit-bias", "10=50", "--logit-bias", "11=49", "--max-tokens", "2", "--json"];
        Assert.Equal([10, 10], Ids(Generate(biased)));
        Assert.Equal([10, 11], Ids(Generate([.. biased, "--presence-penalty", "2", "--frequency-penalty", "2", "--repetition-penalty", "1.5"])));
    }

    [Fact]
    public void The_same_seed_draws_the_same_text_and_another_seed_another()
    {
        string first = Draw("1"), again = Draw("1"), other = Draw("2");
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        static string Draw(string seed) =>
            Generate("--temperature", "1", "--top-k", "50", "--top-p", "0.95", "--seed", seed, "--max-tokens", "24").Expect(0).Output;
    }

    [Fact]
    public void A_stop_text_ends_the_text_before_it()
    {
        string text = Generate("--temperature", "0", "--max-tokens", "24", "--json").Expect(0).Json().GetProperty("text").GetString()!;
        string stop = text.Substring(text.Length / 2, 3);
        string[] stops = ["--stop", "no such text", "--stop", stop];
        JsonElement stopped = Generate(["--temperature", "0", "--max-tokens", "24", .. stops, "--json"]).Expect(0).Json();
        Assert.Equal("stopText", stopped.GetProperty("finishReason").GetString());
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], stopped.GetProperty("text").GetString());
    }

    [Fact]
    public void Special_tokens_are_text_unless_they_are_asked_for()
    {
        int plain = PromptTokens(), special = PromptTokens("--special-tokens");
        Assert.True(plain > special, $"{plain} > {special}");

        static int PromptTokens(params string[] more) => Tool.Run(
            [
                "generate", Paths.Model, "--prompt", "</s></s></s>", "--max-tokens", "1", "--json", .. more,
            ]).Expect(0).Json().GetProperty("promptTokens").GetInt32();
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused()
    {
        string prompt = string.Concat(Enumerable.Repeat("one two three ", 200));
        Assert.StartsWith("decoupleq: ", Tool.Run("generate", Paths.Model, "--prompt", prompt).Expect(1).OneLine());
    }

    [Fact]
    public void A_longer_context_than_the_models_is_run_with_a_warning()
    {
        string prompt = string.Concat(Enumerable.Repeat("one two three ", 100));
        ToolResult result = Tool.Run("generate", Paths.Model, "--prompt", prompt, "--context", "2000", "--max-tokens", "2", "--json").Expect(0);
        Assert.True(result.Json().GetProperty("promptTokens").GetInt32() > 256);
        Assert.StartsWith($"Warning: {Paths.Model}: A context of 2000 tokens was asked for", result.Error);
        Assert.Equal("", Generate("--context", "256", "--max-tokens", "2", "--json").Expect(0).Error);
    }

    private static int[] Ids(ToolResult result) => [.. result.Expect(0).Json().GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static ToolResult Generate(params string[] more) => Tool.Run(["generate", Paths.Model, "--prompt", Prompt, .. more]);
}
