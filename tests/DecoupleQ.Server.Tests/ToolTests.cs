using System.ClientModel;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Testing;
using OpenAI;
using OpenAI.Chat;

namespace DecoupleQ.Server.Tests;

/// <summary>A model that was never told of tools calls them if it must, with arguments that satisfy their schemas.</summary>
public sealed class ToolTests(ToolServer tools) : IClassFixture<ToolServer>
{
    private const string Path = "/v1/chat/completions";

    private static readonly object Weather = Tool(
        "weather",
        """
        {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
         "required": ["city", "days"], "additionalProperties": false}
        """);

    private static readonly object Stop = Tool("stop", """{"type": "object", "properties": {}, "additionalProperties": false}""");

    private BooksServer Server => tools.Server;

    private static object[] Asked => [new { role = "user", content = "What is the weather?" }];

    /// <summary>A model with special tokens of its own, which wrote calls in no manner.</summary>
    [Fact]
    public async Task SmolLM2_is_forced_to_calls_by_a_template_of_Hermes()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with
        {
            Model = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"), ChatTemplate = null, ToolTemplate = ToolServer.Template,
            Loading = new() { ContextLength = 512 },
        });
        foreach (object choice in (object[])["required", new { type = "function", function = new { name = "weather" } }])
        {
            JsonObject response = await server.PostAsync(Path, new
            {
                messages = Asked, tools = (object[])[Weather, Stop], tool_choice = choice, parallel_tool_calls = false, max_tokens = 100, seed = 1,
                temperature = 1,
            });
            JsonNode call = response["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!;
            JsonObject arguments = JsonNode.Parse((string)call["arguments"]!)!.AsObject();
            if ((string?)call["name"] == "weather")
            {
                Assert.Contains((string?)arguments["city"], (string[])["Paris", "Rome"]);
                Assert.InRange((int)arguments["days"]!, 1, 7);
            }
            else
            {
                Assert.Equal(("stop", "required"), ((string?)call["name"], choice));
            }
        }
    }

    [Fact]
    public async Task A_call_that_is_cut_before_its_arguments_leaves_no_text()
    {
        foreach (int tokens in (int[])[3, 9, 12])
        {
            JsonNode choice = await ChoiceOf(
                new { messages = Asked, tools = (object[])[Weather], tool_choice = "required", max_tokens = tokens, temperature = 0 });
            Assert.Equal("length", (string?)choice["finish_reason"]);
            Assert.DoesNotContain("{", (string?)choice["message"]!["content"] ?? "", StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_call_that_must_come_comes_and_fits(int seed)
    {
        JsonNode choice = await ChoiceOf(new
        {
            messages = Asked, tools = (object[])[Weather, Stop], tool_choice = "required", parallel_tool_calls = false, max_tokens = 120, seed, temperature = 1,
        });
        Assert.Equal("tool_calls", (string?)choice["finish_reason"]);
        Assert.Null(choice["message"]!["content"]);
        Assert.NotEmpty(choice["message"]!["tool_calls"]!.AsArray());
        foreach (JsonNode? call in choice["message"]!["tool_calls"]!.AsArray())
        {
            Assert.Equal("function", (string?)call!["type"]);
            Assert.NotEmpty((string)call["id"]!);
            JsonObject arguments = JsonNode.Parse((string)call["function"]!["arguments"]!)!.AsObject();
            if ((string?)call["function"]!["name"] == "weather")
            {
                Assert.Contains((string?)arguments["city"], (string[])["Paris", "Rome"]);
                Assert.InRange((int)arguments["days"]!, 1, 7);
            }
            else
            {
                Assert.Equal("stop", (string?)call["function"]!["name"]);
                Assert.Empty(arguments);
            }
        }
    }

    [Fact]
    public async Task The_tool_that_is_named_is_called_once_if_it_is_to_be()
    {
        JsonNode choice = await ChoiceOf(new
        {
            messages = Asked, tools = (object[])[Weather, Stop], tool_choice = new { type = "function", function = new { name = "stop" } },
            parallel_tool_calls = false, max_tokens = 120, temperature = 0,
        });
        JsonNode call = Assert.Single(choice["message"]!["tool_calls"]!.AsArray())!;
        Assert.Equal("stop", (string?)call["function"]!["name"]);
        Assert.Empty(JsonNode.Parse((string)call["function"]!["arguments"]!)!.AsObject());
    }

    [Fact]
    public async Task A_stream_gives_the_same_call()
    {
        var body = new
        {
            messages = Asked, tools = (object[])[Weather], tool_choice = "required", parallel_tool_calls = false, max_tokens = 120, temperature = 0,
        };
        JsonNode whole = (await ChoiceOf(body))["message"]!["tool_calls"]![0]!;
        IReadOnlyList<JsonObject> events = await Server.StreamAsync(Path, new
        {
            body.messages, body.tools, body.tool_choice, body.parallel_tool_calls, body.max_tokens, body.temperature, stream = true,
        });
        JsonNode[] calls = [.. events.Select(e => e["choices"]![0]!["delta"]!["tool_calls"]?[0]).OfType<JsonNode>()];
        Assert.Equal("weather", (string?)calls[0]["function"]!["name"]);
        Assert.NotEmpty((string)calls[0]["id"]!);
        Assert.True(calls.Length > 3);
        Assert.All(calls, call => Assert.Equal(0, (int)call["index"]!));
        Assert.Equal((string?)whole["function"]!["arguments"], string.Concat(calls.Select(call => (string?)call["function"]!["arguments"])));
        Assert.Equal("tool_calls", (string?)events[^1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task A_conversation_goes_on_with_the_result_of_a_call()
    {
        object[] messages =
        [
            .. Asked,
            new
            {
                role = "assistant", content = (string?)null,
                tool_calls = (object[])
                [
                    new { id = "abcdefghi", type = "function", function = new { name = "weather", arguments = """{"city": "Rome", "days": 2}""" } },
                ],
            },
            new { role = "tool", tool_call_id = "abcdefghi", content = "Rain." },
        ];
        JsonNode choice = await ChoiceOf(new { messages, tools = (object[])[Weather], tool_choice = "none", max_tokens = 12, temperature = 0 });
        Assert.NotEmpty((string)choice["message"]!["content"]!);
        Assert.Null(choice["message"]!["tool_calls"]);
        JsonObject error = await Server.PostAsync(
            Path, new { messages = (object[])[.. Asked, new { role = "tool", tool_call_id = "other", content = "Rain." }] }, HttpStatusCode.BadRequest);
        Assert.Equal("messages[1].tool_call_id", (string?)error["error"]!["param"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_is_held_to_a_schema(int seed)
    {
        JsonElement schema = JsonElement.Parse(
            """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 0, "maximum": 120},
             "alive": {"type": "boolean"}}, "required": ["name", "age"], "additionalProperties": false}
            """);
        JsonNode choice = await ChoiceOf(new
        {
            messages = Asked, seed, temperature = 1, max_tokens = 150,
            response_format = new { type = "json_schema", json_schema = new { name = "person", schema } },
        });
        Assert.Equal("stop", (string?)choice["finish_reason"]);
        JsonObject answer = JsonNode.Parse((string)choice["message"]!["content"]!)!.AsObject();
        Assert.InRange(((string)answer["name"]!).EnumerateRunes().Count(), 0, 12);
        Assert.InRange((int)answer["age"]!, 0, 120);
        Assert.Subset(new HashSet<string> { "name", "age", "alive" }, answer.Select(field => field.Key).ToHashSet());
    }

    [Fact]
    public async Task An_answer_is_held_to_an_expression_or_a_grammar()
    {
        JsonNode date = await ChoiceOf(new
        {
            messages = Asked, seed = 1, temperature = 1, max_tokens = 50, response_format = new { type = "regex", pattern = @"\d{4}-(0[1-9]|1[0-2])" },
        });
        Assert.Matches(@"^\d{4}-(0[1-9]|1[0-2])$", (string?)date["message"]!["content"]);
        JsonNode word = await ChoiceOf(new
        {
            messages = Asked, temperature = 0, max_tokens = 50, response_format = new { type = "grammar", grammar = "root ::= \"yes\" | \"no\"" },
        });
        Assert.Contains((string?)word["message"]!["content"], (string[])["yes", "no"]);
    }

    /// <summary>The vocabulary has no emoji: each is of four tokens, whose bytes together are the character.</summary>
    [Fact]
    public async Task Tokens_that_are_a_part_of_a_character_have_its_bytes()
    {
        JsonNode choice = await ChoiceOf(new
        {
            messages = Asked, temperature = 0, max_tokens = 60, logprobs = true, top_logprobs = 1,
            response_format = new { type = "regex", pattern = "ab\U0001F98Ac\u00E9" },
        });
        string content = (string)choice["message"]!["content"]!;
        Assert.Equal("ab\U0001F98Ac\u00E9", content);
        JsonArray tokens = choice["logprobs"]!["content"]!.AsArray();
        Assert.Contains(tokens, token => (string?)token!["token"] == "\uFFFD");
        byte[] bytes = [.. tokens.SelectMany(token => token!["bytes"]!.AsArray()).Select(value => (byte)(int)value!)];
        // The last is the one that ends the answer.
        Assert.Equal(Encoding.UTF8.GetBytes(content + "</s>"), bytes);
        // The best of all tokens, which is another than the grammar's, has bytes too.
        Assert.All(tokens, token => Assert.NotEmpty(token!["top_logprobs"]![0]!["bytes"]!.AsArray()));
    }

    [Theory]
    [InlineData("""{"tools": [{"type": "web_search"}]}""", "tools[0].type")]
    [InlineData("""{"tools": [{"type": "function", "function": {"name": "a b"}}]}""", "tools[0].function.name")]
    [InlineData("""{"tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "object", "not": {}}}}]}""", "tools")]
    [InlineData("""{"tools": [{"type": "function", "function": {"name": "a"}}, {"type": "function", "function": {"name": "a"}}]}""", "tools")]
    [InlineData("""{"tool_choice": "required"}""", "tool_choice")]
    [InlineData("""{"tools": [{"type": "function", "function": {"name": "a"}}], "tool_choice": "perhaps"}""", "tool_choice")]
    [InlineData(
        """{"tools": [{"type": "function", "function": {"name": "a"}}], "tool_choice": {"type": "function", "function": {"name": "b"}}}""", "tool_choice")]
    [InlineData("""{"response_format": {"type": "xml"}}""", "response_format.type")]
    [InlineData("""{"response_format": {"type": "json_schema"}}""", "response_format.json_schema")]
    [InlineData("""{"response_format": {"type": "json_schema", "json_schema": {"schema": {"not": {}}}}}""", "response_format.json_schema.schema")]
    [InlineData("""{"response_format": {"type": "regex", "pattern": "("}}""", "response_format.pattern")]
    public async Task What_cannot_be_is_refused_by_name(string fields, string field)
    {
        JsonObject body = JsonNode.Parse(fields)!.AsObject();
        body["messages"] = JsonSerializer.SerializeToNode(Asked);
        JsonObject error = await Server.PostTextAsync(Path, body.ToJsonString(), HttpStatusCode.BadRequest);
        Assert.Equal(field, (string?)error["error"]!["param"]);
    }

    [Fact]
    public async Task A_template_that_drops_tools_is_refused_unless_another_shows_them()
    {
        var body = new { messages = Asked, tools = (object[])[Stop], tool_choice = "required", max_tokens = 60 };
        await using BooksServer plain = await BooksServer.StartAsync(options => options);
        JsonObject error = await plain.PostAsync(Path, body, HttpStatusCode.BadRequest);
        Assert.Equal("tools", (string?)error["error"]!["param"]);
        Assert.Contains("tale.jinja", (string?)error["error"]!["message"]);
        await using BooksServer both = await BooksServer.StartAsync(options => options with { ToolTemplate = ToolServer.Template });
        JsonObject answer = await both.PostAsync(Path, body);
        Assert.Equal("stop", (string?)answer["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"]);
    }

    [Fact]
    public async Task The_official_client_calls_and_is_held_to_schemas()
    {
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(Server.Address, "/v1") });
        ChatClient chat = client.GetChatClient("books-8m");
        BinaryData schema = BinaryData.FromString(
            """{"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"], "additionalProperties": false}""");
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 100, Temperature = 0, ToolChoice = ChatToolChoice.CreateRequiredChoice() };
        options.AllowParallelToolCalls = false;
        options.Tools.Add(ChatTool.CreateFunctionTool("weather", "Tells the weather.", schema, functionSchemaIsStrict: true));
        ChatCompletion called = await chat.CompleteChatAsync([new UserChatMessage("Hi")], options, TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Equal("weather", called.ToolCalls[0].FunctionName);
        Assert.Contains(called.ToolCalls[0].FunctionArguments.ToObjectFromJson<JsonObject>()!["city"]!.GetValue<string>(), (string[])["Paris", "Rome"]);

        var held = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 100, Temperature = 0, ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("place", schema, jsonSchemaIsStrict: true),
        };
        ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("Hi")], held, TestContext.Current.CancellationToken);
        Assert.Contains(JsonNode.Parse(answer.Content[0].Text)!["city"]!.GetValue<string>(), (string[])["Paris", "Rome"]);
    }

    private static object Tool(string name, string parameters) =>
        new { type = "function", function = new { name, description = $"The {name}.", parameters = JsonElement.Parse(parameters) } };

    private async Task<JsonNode> ChoiceOf(object body) => (await Server.PostAsync(Path, body))["choices"]![0]!;
}
