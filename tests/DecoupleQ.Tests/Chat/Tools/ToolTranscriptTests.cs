using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Tools;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Messages of requests in the forms that templates take.</summary>
public sealed class ToolTranscriptTests
{
    private const string Weather = """
        [
          {"role": "user", "content": [{"type": "text", "text": "Weather?"}, {"type": "text", "text": "In Paris."}]},
          {"role": "assistant", "content": null, "refusal": null, "tool_calls": [
            {"id": "call_aBcDeFgHiJkLmNoPqRsTuVwX", "type": "function",
             "function": {"name": "get_weather", "arguments": "{\"city\": \"Paris\", \"n\": 1.0}"}}]},
          {"role": "tool", "tool_call_id": "call_aBcDeFgHiJkLmNoPqRsTuVwX", "content": "18 degrees"},
          {"role": "assistant", "content": "It is warm.", "tool_calls": []}
        ]
        """;

    [Fact]
    public void Arguments_are_objects_and_results_have_names_where_templates_want_them()
    {
        Assert.EndsWith(
            "<tool_call>\n{ \"arguments\": {\"city\": \"Paris\", \"n\": 1.0}, \"name\": \"get_weather\"}\n</tool_call> <|im_end|>\n"
            + "<|im_start|>tool\n<tool_response>\n{\"name\": \"get_weather\", \"content\": \"18 degrees\"}\n</tool_response><|im_end|>\n"
            + "<|im_start|>assistant\nIt is warm.<|im_end|>\n",
            Render(ToolTemplates.Hermes, Weather));
        Assert.EndsWith(
            "user<|end_header_id|>\n\nWeather?\nIn Paris.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
            + "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Paris\", \"n\": 1.0}}<|eot_id|>"
            + "<|start_header_id|>ipython<|end_header_id|>\n\n{\"output\": \"18 degrees\"}<|eot_id|>"
            + "<|start_header_id|>assistant<|end_header_id|>\n\nIt is warm.<|eot_id|>",
            Render(ToolTemplates.Llama3, Weather));
    }

    [Fact]
    public void Arguments_stay_text_and_contents_null_where_a_template_insists() =>
        Assert.Equal(
            "<user>Weather?\nIn Paris.<call>get_weather\n```json\n{\"city\": \"Paris\", \"n\": 1.0}\n```</call><tool>18 degrees<assistant>It is warm.",
            Render(ToolTemplates.DeepSeek, Weather));

    [Fact]
    public void Ids_have_nine_characters_where_a_template_insists_and_are_the_same_in_call_and_result()
    {
        string text = Render(ToolTemplates.Mistral, Weather);
        string id = text.Split("\"id\": \"")[1][..9];
        Assert.All(id, character => Assert.True(char.IsAsciiLetterOrDigit(character)));
        Assert.Equal(
            "<s>[INST] Weather?\nIn Paris.[/INST][TOOL_CALLS] [{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\", \"n\": 1.0}, \"id\": \"" + id
            + "\"}]</s>[TOOL_RESULTS] {\"content\": 18 degrees, \"call_id\": \"" + id + "\"}[/TOOL_RESULTS] It is warm.</s>",
            text);
        // The same each time, or what was computed of a conversation would be of no use; and an id of nine characters stays.
        Assert.Equal(text, Render(ToolTemplates.Mistral, Weather));
        Assert.Contains("\"id\": \"aB3dE6gH9\"", Render(ToolTemplates.Mistral, Weather.Replace("call_aBcDeFgHiJkLmNoPqRsTuVwX", "aB3dE6gH9")));
        Assert.Contains("[CALL_ID]call_aBcDeFgHiJkLmNoPqRsTuVwX[ARGS]", Render(ToolTemplates.MistralArguments, Weather));
    }

    [Fact]
    public void Developers_are_the_system_to_templates_that_do_not_know_them()
    {
        const string Messages = """[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]""";
        Assert.Equal("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n", Render(ToolTemplates.Hermes, Messages));
        Assert.Equal("<s>[SYSTEM_PROMPT]developer: Be brief.[/SYSTEM_PROMPT][INST]Hi[/INST]", Render(ToolTemplates.MistralArguments, Messages));
    }

    [Fact]
    public void Everything_else_stays_as_it_is_and_the_messages_given_are_not_changed()
    {
        JsonArray messages = (JsonArray)JsonNode.Parse("""
            [{"role": "user", "content": "", "name": "Ada", "n": {"m": 1}}, {"role": "assistant", "content": null, "reasoning_content": "Hm"},
             {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}]},
             {"role": "tool", "name": "mine", "tool_call_id": "a", "content": ""}]
            """)!;
        string before = messages.ToJsonString();
        Assert.Equal(
            """[{"role":"user","content":"","name":"Ada","n":{"m":1}},{"role":"assistant","content":"","reasoning_content":"Hm"},"""
            + """{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}}]},"""
            + """{"role":"tool","content":"","name":"mine","tool_call_id":"a"}]""",
            new ToolTranscript(ToolTemplates.Parse(ToolTemplates.Hermes)).Messages(messages).ToJsonString());
        Assert.Equal(before, messages.ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Clients_write_no_arguments_in_several_ways(string arguments)
    {
        var call = new JsonObject { ["id"] = "a", ["function"] = new JsonObject { ["name"] = "f", ["arguments"] = arguments } };
        JsonArray messages = [new JsonObject { ["role"] = "assistant", ["tool_calls"] = new JsonArray(call) }];
        JsonNode made = new ToolTranscript(ToolTemplates.Parse(ToolTemplates.Hermes)).Messages(messages)[0]!["tool_calls"]![0]!;
        Assert.Empty(made["function"]!["arguments"]!.AsObject());
    }

    [Theory]
    [InlineData("3", "m[0]")]
    [InlineData("""{"content": "Hi"}""", "m[0].role")]
    [InlineData("""{"role": 3, "content": "Hi"}""", "m[0].role")]
    [InlineData("""{"role": "user"}""", "m[0].content")]
    [InlineData("""{"role": "user", "content": null}""", "m[0].content")]
    [InlineData("""{"role": "user", "content": {"text": "Hi"}}""", "m[0].content")]
    [InlineData("""{"role": "user", "content": ["Hi"]}""", "m[0].content[0].type")]
    [InlineData("""{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}]}""", "m[0].content[1].type")]
    [InlineData("""{"role": "user", "content": [{"type": "text"}]}""", "m[0].content[0].text")]
    [InlineData("""{"role": "user", "content": "Hi", "tool_calls": [{}]}""", "m[0].tool_calls")]
    [InlineData("""{"role": "assistant", "tool_calls": {}}""", "m[0].tool_calls")]
    [InlineData("""{"role": "assistant", "tool_calls": [3]}""", "m[0].tool_calls[0].function.name")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}""", "m[0].tool_calls[0].type")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}""", "m[0].tool_calls[0].id")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f"}}]}""", "m[0].tool_calls[0].function.arguments")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}]}""", "m[0].tool_calls[0].function.arguments")]
    [InlineData("""{"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "[]"}}]}""",
        "m[0].tool_calls[0].function.arguments")]
    [InlineData("""{"role": "assistant", "content": "", "function_call": {"name": "f"}}""", "m[0].function_call")]
    [InlineData("""{"role": "assistant", "content": "", "refusal": "No"}""", "m[0].refusal")]
    [InlineData("""{"role": "assistant", "content": "", "audio": {"id": "a"}}""", "m[0].audio")]
    [InlineData("""{"role": "tool", "content": "18"}""", "m[0].tool_call_id")]
    [InlineData("""{"role": "tool", "content": "18", "tool_call_id": "a"}""", "m[0].tool_call_id")]
    public void What_would_not_reach_the_model_is_refused_by_its_name(string message, string field)
    {
        var transcript = new ToolTranscript(ToolTemplates.Parse(ToolTemplates.Hermes));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => transcript.Messages([JsonNode.Parse(message)], "m"));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void Tools_are_written_as_the_API_writes_them()
    {
        var parameters = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["a"] = new JsonObject { ["type"] = "integer" } } };
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","description":"D","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}},"""
            + """{"type":"function","function":{"name":"g","description":"","parameters":{"type":"object","properties":{}}}}]""",
            ChatTool.ToJson([new ChatTool("f", "D", parameters), new ChatTool("g", null, null)]).ToJsonString());
        Assert.Null(parameters.Parent);
    }

    private static string Render(string template, string messages)
    {
        ChatTemplate parsed = ToolTemplates.Parse(template);
        return parsed.RenderJson(new ToolTranscript(parsed).Messages((JsonArray)JsonNode.Parse(messages)!), new() { AddGenerationPrompt = false }).Text;
    }
}
