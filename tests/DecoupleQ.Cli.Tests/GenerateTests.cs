using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class GenerateTests
{
    private const string Prompt = "The old man looked at the";

    [Fact]
    public void The_streamed_text_is_that_of_the_json_object()
    {
        JsonElement result = Generate("--max-tokens", "12", "--json").Expect(0).Json();
        ToolResult streamed = Generate("--max-tokens", "12").Expect(0);
        Assert.Equal(result.GetProperty("text").GetString() + Environment.NewLine, streamed.Output);
        Assert.Matches(@"prefill: \d+ tokens at [\d.]+ tokens/s; decode: 12 tokens at [\d.]+ tokens/s; ended by --max-tokens", streamed.Error);
        Assert.Equal(12, result.GetProperty("tokens").GetInt32());
        Assert.Equal(12, result.GetProperty("ids").GetArrayLength());
        Assert.Equal("maxTokens", result.GetProperty("finishReason").GetString());
        Assert.True(result.GetProperty("prefillTokensPerSecond").GetDouble() > 0);
        Assert.True(result.GetProperty("decodeTokensPerSecond").GetDouble() > 0);
        Assert.DoesNotContain(Prompt, result.GetProperty("text").GetString());
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
        string text = Generate("--max-tokens", "24", "--json").Expect(0).Json().GetProperty("text").GetString()!;
        string stop = text.Substring(text.Length / 2, 3);
        JsonElement stopped = Generate("--max-tokens", "24", "--stop", "no such text", "--stop", stop, "--json").Expect(0).Json();
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

    private static ToolResult Generate(params string[] more) => Tool.Run(["generate", Paths.Model, "--prompt", Prompt, .. more]);
}
