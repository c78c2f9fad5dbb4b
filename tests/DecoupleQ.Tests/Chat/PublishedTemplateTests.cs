using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Chat;

/// <summary>Published templates against the prompts that transformers makes.</summary>
public sealed class PublishedTemplateTests
{
    [Theory]
    [InlineData("smollm2", 10)]
    [InlineData("llama3", 10)]
    [InlineData("qwen3", 10)]
    [InlineData("gemma3", 14)]
    [InlineData("deepseek-v3", 14)]
    public void Every_conversation_gives_the_expected_prompt_or_is_refused_in_the_templates_words(string name, int conversations)
    {
        ChatTemplate template = ChatTemplate.Load(Paths.Golden("tokenizers", name));
        int lines = 0;
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "chat.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            ChatMessage[] messages =
            [
                .. expected.RootElement.GetProperty("messages").EnumerateArray()
                    .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!)),
            ];
            bool addGenerationPrompt = expected.RootElement.GetProperty("addGenerationPrompt").GetBoolean();
            var options = new ChatTemplateOptions { AddGenerationPrompt = addGenerationPrompt };
            if (expected.RootElement.TryGetProperty("error", out JsonElement error))
            {
                Assert.Contains(error.GetString()!, Assert.Throws<DecoupleQException>(() => template.Render(messages, options)).Message);
            }
            else
            {
                Assert.Equal(expected.RootElement.GetProperty("text").GetString(), template.Render(messages, options).Text);
            }
            lines++;
        }
        Assert.Equal(conversations, lines);
    }

    [Fact]
    public void A_variable_turns_thinking_off()
    {
        ChatTemplate template = ChatTemplate.Load(Paths.Golden("tokenizers", "qwen3"));
        const string Thinking = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
        Assert.Equal(Thinking, Render(null));
        Assert.Equal(Thinking, Render(new() { ["enable_thinking"] = true }));
        Assert.Equal(Thinking + "<think>\n\n</think>\n\n", Render(new() { ["enable_thinking"] = false }));
        Assert.True(template.Mentions("enable_thinking"));
        Assert.False(template.Mentions("enable_think"));
        Assert.False(template.Mentions("thinking"));

        string Render(JsonObject? variables) => template.Render([new(ChatMessage.User, "Hi")], new() { Variables = variables }).Text;
    }
}
