using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Tools;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Answers as wholes, and on their way back to the model.</summary>
public sealed class AnswerPartsTests
{
    [Fact]
    public void Parts_are_put_together_and_half_a_call_is_none_of_the_message()
    {
        AnswerParts parts = Read("hermes", "<think>\nHm.\n</think>\nLook:\n<tool_call>{\"name\": \"run\", \"arguments\": {\"a\":  1}}</tool_call>\n"
            + "<tool_call>{\"name\": \"get_time\", \"arguments\": {\"z");
        Assert.Equal(("Look:", "Hm."), (parts.Text, parts.Reasoning));
        Assert.Equal(
            [new ToolCall("id0000001", "run", """{"a":  1}""", true), new ToolCall("id0000002", "get_time", """{"z""", false)], parts.Calls);
        Assert.Equal(
            """{"role":"assistant","content":"Look:","reasoning_content":"Hm.","tool_calls":"""
            + """[{"id":"id0000001","type":"function","function":{"name":"run","arguments":"{\u0022a\u0022:  1}"}}]}""",
            parts.ToMessage().ToJsonString());
        Assert.Equal("""{"role":"assistant","content":"Hi."}""", Read("hermes", "Hi.").ToMessage().ToJsonString());
        Assert.Equal("""{"role":"assistant","content":""}""", Read("hermes", "").ToMessage().ToJsonString());
        Assert.Null(Read("llama3", """{"name": "run", "parameters": {}}""").ToMessage()["content"]);
    }

    // What was computed of the answer is of use for the next one only if the template writes the same again.
    [Theory]
    [InlineData(ToolTemplates.Hermes, "{ \"arguments\": {\"text\": \"Nîmes \\\"😀\\\"\", \"n\": [1.5, null]}, \"name\": \"run\"}\n</tool_call> ")]
    [InlineData(ToolTemplates.Llama3, "{\"name\": \"run\", \"parameters\": {\"text\": \"Nîmes \\\"😀\\\"\", \"n\": [1.5, null]}}<|eot_id|>")]
    [InlineData(ToolTemplates.Mistral, "[{\"name\": \"run\", \"arguments\": {\"text\": \"Nîmes \\\"😀\\\"\", \"n\": [1.5, null]}, \"id\": \"id0000001\"}]</s>")]
    [InlineData(ToolTemplates.MistralArguments, "run[CALL_ID]id0000001[ARGS]{\"text\": \"Nîmes \\\"😀\\\"\", \"n\": [1.5, null]}</s>")]
    public void A_template_writes_what_its_format_has_read(string template, string written)
    {
        ChatTemplate parsed = ToolTemplates.Parse(template);
        ToolFormat format = ToolFormat.Of(parsed)!;
        AnswerParts parts = Read(format.Name, format.Calls.Write([("run", """{"text": "Nîmes \"😀\"", "n": [1.5, null]}""")]));
        var transcript = new ToolTranscript(parsed);
        JsonArray messages =
        [
            new JsonObject { ["role"] = "user", ["content"] = "Hi" }, parts.ToMessage(),
            new JsonObject { ["role"] = "tool", ["tool_call_id"] = parts.Calls[0].Id, ["content"] = "42" },
        ];
        string text = parsed.RenderJson(transcript.Messages(messages), new() { Tools = ChatTool.ToJson(ReadAnswer.Tools), AddGenerationPrompt = false }).Text;
        Assert.Contains(written, text);
        // Read again, the template's spelling is a call too, but for Llama's, before which the name of the role stands here.
        AnswerParts again = Read(format.Name, text[(text.LastIndexOf("Hi", StringComparison.Ordinal) + 2)..text.LastIndexOf("42", StringComparison.Ordinal)]);
        Assert.Equal(format == ToolFormat.Llama3 ? 0 : 1, again.Calls.Count);
    }

    private static AnswerParts Read(string format, string answer)
    {
        var parts = new AnswerParts();
        parts.Add(ReadAnswer.Updates(ReadAnswer.Options(format), ReadAnswer.Characters(answer)));
        return parts;
    }
}
