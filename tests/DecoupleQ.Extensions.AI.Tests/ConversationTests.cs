using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Extensions.AI.Questions;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>What the model is told of a conversation.</summary>
public sealed class ConversationTests
{
    public static TheoryData<string> Refused =>
        ["data", "uri", "error", "call by user", "result by assistant", "text of tool", "empty tool", "role", "bad call"];

    [Fact]
    public void Every_content_has_its_place()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.System, "Be brief."),
            new(ChatRole.User, [new TextContent("What "), new TextContent("now?")]) { AuthorName = "Ann" },
            new(ChatRole.Assistant,
            [
                new TextReasoningContent("Hm. "), new TextReasoningContent("Yes."), new TextContent("Let me see."),
                new FunctionCallContent("a", "look", new Dictionary<string, object?> { ["at"] = "sea", ["far"] = 3, ["deep"] = JsonElement.Parse("[1]") }),
                new FunctionCallContent("b", "stop"), new UsageContent(new UsageDetails { InputTokenCount = 1 }),
            ]),
            new(ChatRole.Tool,
            [
                new FunctionResultContent("a", JsonElement.Parse("\"calm\"")),
                new FunctionResultContent("b", new Dictionary<string, object?> { ["ok"] = "<é>" }),
            ]),
            new(ChatRole.Tool, [new FunctionResultContent("b", null) { Exception = new InvalidOperationException("No sea.") }]),
            new(ChatRole.Tool, [new FunctionResultContent("b", new AIContent[] { new TextContent("x"), new TextContent("y") })]),
            new(ChatRole.Assistant, "Calm."),
        ];
        JsonNode expected = JsonNode.Parse(
            """
            [{"role": "system", "content": "Be brief."},
             {"role": "user", "content": "What now?", "name": "Ann"},
             {"role": "assistant", "content": "Let me see.", "reasoning_content": "Hm. Yes.",
              "tool_calls": [{"id": "a", "type": "function", "function": {"name": "look", "arguments": {"at": "sea", "far": 3, "deep": [1]}}},
                             {"id": "b", "type": "function", "function": {"name": "stop", "arguments": {}}}]},
             {"role": "tool", "tool_call_id": "a", "content": "calm"},
             {"role": "tool", "tool_call_id": "b", "content": "{\"ok\":\"<é>\"}"},
             {"role": "tool", "tool_call_id": "b", "content": "Error: No sea."},
             {"role": "tool", "tool_call_id": "b", "content": "xy"},
             {"role": "assistant", "content": "Calm."}]
            """)!;
        JsonArray read = Conversation.Read(messages, null);
        Assert.True(JsonNode.DeepEquals(expected, read), read.ToJsonString());
    }

    [Fact]
    public void A_call_alone_has_no_text()
    {
        JsonArray read = Conversation.Read([new(ChatRole.Assistant, [new FunctionCallContent("a", "stop")])], null);
        Assert.Null(read[0]!["content"]);
    }

    [Theory]
    [InlineData("system")]
    [InlineData("developer")]
    public void Instructions_come_before_what_a_system_message_says(string role)
    {
        JsonArray read = Conversation.Read([new(new ChatRole(role), "Be brief."), new(ChatRole.User, "Hi")], "Rhyme.");
        Assert.Equal(2, read.Count);
        Assert.Equal((role, "Rhyme.\n\nBe brief."), ((string)read[0]!["role"]!, (string)read[0]!["content"]!));
    }

    [Fact]
    public void A_conversation_of_nothing_is_refused() =>
        Assert.Equal("messages", Assert.Throws<DecoupleQException>(() => Conversation.Read([], "")).Field);

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_model_cannot_be_told_is_refused_by_name(string kind)
    {
        (ChatMessage message, string field, string named) = kind switch
        {
            "data" => (new ChatMessage(ChatRole.User, [new TextContent("See:"), new DataContent(new byte[1], "image/png")]),
                "messages[0].Contents[1]", "image/png"),
            "uri" => (new(ChatRole.User, [new UriContent("https://example.com/a.pdf", "application/pdf")]), "messages[0].Contents[0]", "application/pdf"),
            "error" => (new(ChatRole.Assistant, [new ErrorContent("no")]), "messages[0].Contents[0]", "ErrorContent"),
            "call by user" => (new(ChatRole.User, [new FunctionCallContent("a", "f")]), "messages[0].Contents[0]", "FunctionCallContent"),
            "result by assistant" => (new(ChatRole.Assistant, [new FunctionResultContent("a", 1)]), "messages[0].Contents[0]", "FunctionResultContent"),
            "text of tool" => (new(ChatRole.Tool, "It rains."), "messages[0].Contents[0]", "TextContent"),
            "empty tool" => (new(ChatRole.Tool, (IList<AIContent>)[]), "messages[0]", "result"),
            "role" => (new(new ChatRole("critic"), "Bad."), "messages[0].Role", "critic"),
            "bad call" => (new(ChatRole.Assistant, [new FunctionCallContent("a", "f") { Exception = new JsonException("half") }]),
                "messages[0].Contents[0].Arguments", "half"),
            _ => throw new InvalidOperationException(kind),
        };
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Conversation.Read([message], null));
        Assert.Equal(field, error.Field);
        Assert.Contains(named, error.Message);
        Assert.NotNull(error.Expected);
    }
}
