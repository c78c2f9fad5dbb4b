using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Chat.Tools;

public sealed class ToolFormatTests
{
    [Theory]
    [InlineData(ToolTemplates.Llama3, "llama3", false)]
    [InlineData(ToolTemplates.Mistral, "mistral", true)]
    [InlineData(ToolTemplates.MistralArguments, "mistral-args", true)]
    [InlineData(ToolTemplates.Hermes, "hermes", true)]
    [InlineData(ToolTemplates.HermesWithoutCalls, "hermes", false)]
    [InlineData(ToolTemplates.MistralWithoutCalls, "mistral", false)]
    [InlineData(ToolTemplates.Drops, null, false)]
    [InlineData("{{ messages[0].content }}", null, false)]
    public void A_template_shows_its_format_by_how_it_writes_calls(string template, string? format, bool severalCalls)
    {
        ChatTemplate parsed = ToolTemplates.Parse(template);
        Assert.Equal(format, ToolFormat.Of(parsed)?.Name);
        Assert.Equal(format is not null, new ToolTranscript(parsed).ShowsTools);
        Assert.Equal(severalCalls, new ToolTranscript(parsed).TakesSeveralCalls);
    }

    [Theory]
    [InlineData(ToolTemplates.DeepSeek)]
    [InlineData(ToolTemplates.Coder)]
    public void Calls_of_no_known_format_are_refused_with_the_formats_that_are(string template)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => ToolFormat.Of(ToolTemplates.Parse(template)));
        Assert.Equal("template.jinja", error.File);
        Assert.Contains("hermes, llama3, mistral, mistral-args", error.Expected);
    }

    [Fact]
    public void A_template_that_fails_at_tools_says_so_where_tools_are_asked_for()
    {
        ChatTemplate template = ToolTemplates.Parse("{% if tools %}{{ raise_exception('No tools today.') }}{% endif %}{{ messages[0].content }}");
        Assert.Contains("No tools today.", Assert.Throws<DecoupleQException>(() => ToolFormat.Of(template)).Message);
        var transcript = new ToolTranscript(template);
        Assert.False(transcript.ShowsTools || transcript.TakesSeveralCalls);
        Assert.Equal("Hi", template.RenderJson(transcript.Messages([new JsonObject { ["role"] = "user", ["content"] = "Hi" }])).Text);
    }

    [Theory]
    [InlineData("qwen3", "hermes")]
    [InlineData("smollm2", null)]
    [InlineData("llama3", null)]
    [InlineData("gemma3", null)]
    [InlineData("deepseek-v3", null)]
    public void Published_templates_are_told_apart(string name, string? format) => Assert.Equal(format, ToolFormat.Of(ToolTemplates.Published(name))?.Name);

    [Fact]
    public void Formats_have_names()
    {
        Assert.Equal(["hermes", "llama3", "mistral", "mistral-args"], ToolFormat.All.Select(format => format.Name));
        Assert.All(ToolFormat.All, format => Assert.Same(format, ToolFormat.Named(format.Name)));
        Assert.Contains("hermes, llama3, mistral, mistral-args", Assert.Throws<DecoupleQException>(() => ToolFormat.Named("qwen")).Message);
    }

    [Fact]
    public void What_a_format_writes_is_what_its_reader_reads()
    {
        foreach (ToolFormat format in ToolFormat.All)
        {
            (string, string)[] calls = [("run", """{"a": {"b": "}]<\"/tool_call>"}}"""), ("get_time", "{}"), ("web.search-v2", """{"q":[1,2]}""")];
            Assert.Equal(
                """
                call 0 id0000001 run: {"a": {"b": "}]<\"/tool_call>"}}
                end
                call 1 id0000002 get_time: {}
                end
                call 2 id0000003 web.search-v2: {"q":[1,2]}
                end
                """,
                ReadAnswer.InEveryPiece(format.Name, format.Calls.Write(calls)));
            Assert.Equal(1, ReadAnswer.InEveryPiece(format.Name, format.Calls.Write(calls[1..2])).Count(character => character == '\n'));
            Assert.True(format.Calls.StandsAlone ? format.Calls.Before == "" : format.Calls.Before.StartsWith(format.Calls.Trigger, StringComparison.Ordinal));
            Assert.Contains(format.Calls.Trigger, format.Calls.Markers);
        }
        Assert.Equal("<tool_call>\n{\"name\": \"a\\\"b\", \"arguments\": {}}\n</tool_call>", ToolFormat.Hermes.Calls.Write([("a\"b", "{}")]));
    }

    [Fact]
    public void The_published_template_writes_calls_as_the_format_does()
    {
        ChatTemplate template = ToolTemplates.Published("qwen3");
        JsonArray messages = (JsonArray)JsonNode.Parse("""
            [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "run", "arguments": "{\"a\":   1}"}},
                {"id": "b", "type": "function", "function": {"name": "get_time", "arguments": ""}}]}]
            """)!;
        string text = template.RenderJson(new ToolTranscript(template).Messages(messages), new() { AddGenerationPrompt = false }).Text;
        Assert.Contains(ToolFormat.Hermes.Calls.Write([("run", """{"a": 1}"""), ("get_time", "{}")]) + "<|im_end|>", text);
    }

    [Fact]
    public void Markers_that_a_vocabulary_keeps_out_of_the_text_are_known_by_their_ids()
    {
        string published = Paths.Golden("tokenizers", "smollm2", "tokenizer.json");
        using var folder = new TemporaryFolder();
        JsonNode json = JsonNode.Parse(File.ReadAllText(published))!;
        int id = 49152;
        foreach (string marker in (string[])["[TOOL_CALLS]", "[ARGS]", "<|python_tag|>", "<tool_call>", "</tool_call>"])
        {
            ((JsonArray)json["added_tokens"]!).Add(new JsonObject
            {
                ["id"] = id++, ["content"] = marker, ["special"] = !marker.Contains("tool_call>"),
                ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false,
            });
        }
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        Tokenizer tokenizer = TokenizerFiles.Load(folder.Path);
        foreach (ToolFormat format in ToolFormat.All)
        {
            // As in the vocabularies of these families, the text shows the tags of Qwen and nothing of the others' markers.
            Assert.Equal(format == ToolFormat.Hermes ? "<tool_call>" : "", tokenizer.Decode([tokenizer.IdOf(format.Calls.Trigger)!.Value]));
            ReadTokens(tokenizer, format, format.Calls.Trigger);
        }
    }

    private static void ReadTokens(Tokenizer tokenizer, ToolFormat format, string trigger)
    {
        string answer = format.Calls.Write([("run", """{"text": "Zürich 😀"}"""), ("get_time", "{}")]);
        IReadOnlyList<int> ids = tokenizer.Encode(
            answer.StartsWith(trigger, StringComparison.Ordinal) ? answer : trigger + answer, SpecialTokens.Recognized);
        Assert.Contains(tokenizer.IdOf(trigger)!.Value, ids);
        var reader = new AnswerReader(ReadAnswer.Options(format.Name), tokenizer);
        var stream = new TokenStream(tokenizer);
        List<AnswerUpdate> updates = [];
        foreach ((int index, int id) in ids.Index())
        {
            updates.AddRange(reader.Push(new GeneratedToken(id, stream.Push(id), null, index == ids.Count - 1 ? FinishReason.MaxTokens : null)));
        }
        Assert.Throws<InvalidOperationException>(() => reader.Push("more"));
        Assert.Equal("call 0 id0000001 run: {\"text\": \"Zürich 😀\"}\nend\ncall 1 id0000002 get_time: {}\nend", ReadAnswer.Lines(updates));
    }
}
