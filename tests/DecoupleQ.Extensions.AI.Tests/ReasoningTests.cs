using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Answers;
using Microsoft.Extensions.AI;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>What a model thinks before it answers, with a template that opens the thinking unless it is switched off.</summary>
public sealed class ReasoningTests(BooksClient books) : IClassFixture<BooksClient>
{
    private const string Switch =
        """
        {%- for message in messages %}{{ message.role }}: {{ message.content }}
        {% endfor %}assistant: {% if enable_thinking is not defined or enable_thinking %}<think>
        {% endif %}
        """;

    private const string Level = "{% for message in messages %}{{ message.content }}{% endfor %} {{ reasoning_effort }}";

    [Fact]
    public async Task Thoughts_are_told_apart_and_counted()
    {
        using DecoupleQChatClient client = Client(Switch);
        List<ChatResponseUpdate> updates = await StreamAsync(client, BooksClient.Greedy());
        Assert.All(updates[..^1], update => Assert.All(update.Contents, content => Assert.IsType<TextReasoningContent>(content)));
        Assert.True(updates.Count > 5);
        Assert.InRange(Usage(updates).ReasoningTokenCount!.Value, 5, 24);
    }

    [Fact]
    public async Task Thoughts_are_left_out_if_they_are_to_be()
    {
        using DecoupleQChatClient client = Client(Switch);
        ChatOptions options = BooksClient.Greedy();
        options.Reasoning = new() { Output = ReasoningOutput.None };
        List<ChatResponseUpdate> updates = await StreamAsync(client, options);
        Assert.IsType<UsageContent>(Assert.Single(Assert.Single(updates).Contents));
        Assert.InRange(Usage(updates).ReasoningTokenCount!.Value, 5, 24);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_switch_of_a_template_is_used(bool asVariable)
    {
        using DecoupleQChatClient client = Client(Switch);
        ChatOptions options = BooksClient.Greedy();
        if (asVariable)
        {
            options.AdditionalProperties = new() { ["chat_template_kwargs"] = new Dictionary<string, object?> { ["enable_thinking"] = false } };
        }
        else
        {
            options.Reasoning = new() { Effort = ReasoningEffort.None };
        }
        List<ChatResponseUpdate> updates = await StreamAsync(client, options);
        Assert.NotEmpty(string.Concat(updates.Select(update => update.Text)));
        Assert.Equal(0, Usage(updates).ReasoningTokenCount);
        options.Reasoning = new() { Effort = ReasoningEffort.Low };
        if (asVariable)
        {
            Assert.Equal("Reasoning.Effort", (await Assert.ThrowsAsync<DecoupleQException>(() => StreamAsync(client, options))).Field);
        }
        else
        {
            Assert.InRange(Usage(await StreamAsync(client, options)).ReasoningTokenCount!.Value, 5, 24);
        }
    }

    [Theory]
    [InlineData(ReasoningEffort.Low, "low")]
    [InlineData(ReasoningEffort.Medium, "medium")]
    [InlineData(ReasoningEffort.High, "high")]
    [InlineData(ReasoningEffort.ExtraHigh, "high")]
    [InlineData(ReasoningEffort.None, null)]
    public async Task A_level_is_what_the_template_is_told(ReasoningEffort effort, string? told)
    {
        using DecoupleQChatClient client = Client(Level);
        ChatOptions byEffort = BooksClient.Greedy(8), byName = BooksClient.Greedy(8);
        byEffort.Reasoning = new() { Effort = effort };
        if (told is null)
        {
            Assert.Equal("Reasoning.Effort", (await Assert.ThrowsAsync<DecoupleQException>(() => StreamAsync(client, byEffort))).Field);
            return;
        }
        byName.AdditionalProperties = new() { ["chat_template_kwargs"] = new JsonObject { ["reasoning_effort"] = told } };
        List<ChatResponseUpdate> one = await StreamAsync(client, byEffort), other = await StreamAsync(client, byName);
        Assert.Equal(string.Concat(other.Select(update => update.Text)), string.Concat(one.Select(update => update.Text)));
    }

    private static UsageDetails Usage(List<ChatResponseUpdate> updates) => updates[^1].Contents.OfType<UsageContent>().Single().Details;

    private static async Task<List<ChatResponseUpdate>> StreamAsync(DecoupleQChatClient client, ChatOptions options)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(
            [new AIMessage(ChatRole.User, "Who?")], options, TestContext.Current.CancellationToken))
        {
            updates.Add(update);
        }
        return updates;
    }

    private DecoupleQChatClient Client(string template) => new(books.Texts, new ChatModel(books.Model, ChatTemplate.Parse(template)));
}
