using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Server.Tests;

public sealed class ResponsesTests(ToolServer tools) : IClassFixture<ToolServer>
{
    private const string Path = "/v1/responses";

    private static readonly object Weather = new
    {
        type = "function", name = "weather", description = "The weather.",
        parameters = JsonElement.Parse(
            """{"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"], "additionalProperties": false}"""),
    };

    private BooksServer Server => tools.Server;

    [Fact]
    public async Task A_response_is_the_answer_of_a_chat()
    {
        JsonObject response = await Server.PostAsync(Path, new { model = "books-8m", input = "Tell a story.", max_output_tokens = 16, temperature = 0 });
        JsonObject chat = await Server.PostAsync(
            "/v1/chat/completions", new { messages = (object[])[new { role = "user", content = "Tell a story." }], max_tokens = 16, temperature = 0 });
        Assert.Equal(("response", "incomplete"), ((string)response["object"]!, (string)response["status"]!));
        Assert.Equal("max_output_tokens", (string?)response["incomplete_details"]!["reason"]);
        JsonNode item = Assert.Single(response["output"]!.AsArray())!;
        Assert.Equal(("message", "assistant"), ((string)item["type"]!, (string)item["role"]!));
        Assert.Equal((string?)chat["choices"]![0]!["message"]!["content"], (string?)item["content"]![0]!["text"]);
        Assert.Equal((int)chat["usage"]!["prompt_tokens"]!, (int)response["usage"]!["input_tokens"]!);
        Assert.Equal(16, (int)response["usage"]!["output_tokens"]!);
        Assert.Equal(16, (int)response["max_output_tokens"]!);

        JsonObject items = await Server.PostAsync(Path, new
        {
            instructions = "Be brief.", max_output_tokens = 8, temperature = 0,
            input = (object[])
            [
                new { role = "user", content = (object[])[new { type = "input_text", text = "Hi" }] },
                new { type = "message", role = "assistant", content = (object[])[new { type = "output_text", text = "Hello", annotations = (object[])[] }] },
                new { role = "user", content = "Tell a story." },
            ],
        });
        Assert.NotEmpty(items["output"]!.AsArray());
    }

    [Fact]
    public async Task Events_tell_of_every_step()
    {
        var body = new { input = "Tell a story.", max_output_tokens = 16, temperature = 0 };
        JsonNode whole = (await Server.PostAsync(Path, body))["output"]![0]!;
        IReadOnlyList<JsonObject> events = await EventsAsync(new { body.input, body.max_output_tokens, body.temperature, stream = true });
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => (int)e["sequence_number"]!));
        string[] kinds = [.. events.Select(e => (string)e["type"]!)];
        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
            ],
            kinds[..5]);
        Assert.Equal(["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete"], kinds[^4..]);
        string text = string.Concat(events.Where(e => (string?)e["type"] == "response.output_text.delta").Select(e => (string?)e["delta"]));
        Assert.Equal((string?)whole["content"]![0]!["text"], text);
        Assert.Equal(text, (string?)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
    }

    [Fact]
    public async Task Tools_are_called_and_their_results_come_back()
    {
        var body = new
        {
            input = "What is the weather?", tools = (object[])[Weather], tool_choice = "required", parallel_tool_calls = false,
            max_output_tokens = 180, temperature = 0,
        };
        JsonObject response = await Server.PostAsync(Path, body);
        Assert.Equal("completed", (string?)response["status"]);
        JsonNode call = Assert.Single(response["output"]!.AsArray())!;
        Assert.Equal(("function_call", "weather", "completed"), ((string)call["type"]!, (string)call["name"]!, (string)call["status"]!));
        Assert.Contains((string?)JsonNode.Parse((string)call["arguments"]!)!["city"], (string[])["Paris", "Rome"]);
        IReadOnlyList<JsonObject> events = await EventsAsync(
            new { body.input, body.tools, body.tool_choice, body.parallel_tool_calls, body.max_output_tokens, body.temperature, stream = true });
        Assert.Equal(
            (string?)call["arguments"],
            string.Concat(events.Where(e => (string?)e["type"] == "response.function_call_arguments.delta").Select(e => (string?)e["delta"])));
        Assert.Equal("response.completed", (string?)events[^1]["type"]);

        JsonObject next = await Server.PostAsync(Path, new
        {
            tools = (object[])[Weather], tool_choice = "none", max_output_tokens = 8, temperature = 0,
            input = (object[])
            [
                new { role = "user", content = "What is the weather?" }, call,
                new { type = "function_call_output", call_id = (string?)call["call_id"], output = "Rain." },
            ],
        });
        Assert.Equal("message", (string?)next["output"]![0]!["type"]);
    }

    [Fact]
    public async Task An_answer_is_held_to_a_schema()
    {
        JsonObject response = await Server.PostAsync(Path, new
        {
            input = "Which city?", max_output_tokens = 100, temperature = 0,
            text = new
            {
                format = new
                {
                    type = "json_schema", name = "place", strict = true,
                    schema = JsonElement.Parse(
                        """{"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"], "additionalProperties": false}"""),
                },
            },
        });
        Assert.Equal("completed", (string?)response["status"]);
        Assert.Contains((string?)JsonNode.Parse((string)response["output"]![0]!["content"]![0]!["text"]!)!["city"], (string[])["Paris", "Rome"]);
    }

    [Theory]
    [InlineData("""{"input": "a", "previous_response_id": "resp_1"}""", "previous_response_id")]
    [InlineData("""{"input": "a", "store": true}""", "store")]
    [InlineData("""{"input": "a", "background": true}""", "background")]
    [InlineData("""{"input": "a", "surprise": 1}""", "surprise")]
    [InlineData("""{"input": []}""", "input")]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "file:///etc/passwd"}]}]}""", "input[0].content[0].type")]
    [InlineData("""{"input": [{"type": "web_search_call"}]}""", "input[0].type")]
    [InlineData("""{"input": "a", "tools": [{"type": "web_search"}]}""", "tools[0].type")]
    [InlineData("""{"input": "a", "text": {"format": {"type": "xml"}}}""", "text.format.type")]
    [InlineData("""{"input": "a", "reasoning": {"effort": "high"}}""", "reasoning")]
    public async Task What_is_not_supported_is_refused_by_name(string body, string field)
    {
        JsonObject error = await Server.PostTextAsync(Path, body, HttpStatusCode.BadRequest);
        Assert.Equal(field, (string?)error["error"]!["param"]);
    }

    private async Task<IReadOnlyList<JsonObject>> EventsAsync(object body)
    {
        using HttpResponseMessage response = await Server.Client.PostAsJsonAsync(Path, body, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        var events = new List<JsonObject>();
        foreach (string item in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string[] lines = item.Split('\n');
            JsonObject data = JsonNode.Parse(lines[1]["data: ".Length..])!.AsObject();
            Assert.Equal($"event: {data["type"]}", lines[0]);
            events.Add(data);
        }
        return events;
    }
}
