using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Tests;

public sealed class RenderTests : IDisposable
{
    private const string Tools = """[{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("smollm2")]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    public void The_prompt_is_that_of_transformers_and_its_ids_are_those_of_its_text(string name)
    {
        string model = Paths.Golden("tokenizers", name);
        Tokenizer tokenizer = TokenizerFiles.Load(model);
        JsonNode[] lines = [.. File.ReadLines(Paths.Golden("tokenizers", name, "chat.jsonl")).Select(line => JsonNode.Parse(line)!)];
        // The longest one, and one that ends with the conversation.
        foreach (JsonNode line in (JsonNode[])
        [
            lines.Where(line => line["text"] is not null).MaxBy(line => ((string)line["text"]!).Length)!,
            lines.First(line => !(bool)line["addGenerationPrompt"]!),
        ])
        {
            string messages = _folder.Write("messages.json", line["messages"]!.ToJsonString());
            string[] end = (bool)line["addGenerationPrompt"]! ? [] : ["--no-generation-prompt"];
            Assert.Equal((string)line["text"]!, Tool.Run(["render", model, "--messages", messages, .. end]).Expect(0).Output);
            JsonElement json = Tool.Run(["render", model, "--messages", messages, "--json", .. end]).Expect(0).Json();
            Assert.Equal((string)line["text"]!, json.GetProperty("text").GetString());
            Assert.Equal(
                tokenizer.Encode((string)line["text"]!, SpecialTokens.Recognized), json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        }
    }

    [Fact]
    public void Messages_may_come_from_standard_input()
    {
        const string Messages = """[{"role": "user", "content": "Hi"}]""";
        string model = Paths.Golden("tokenizers", "smollm2");
        string expected = Tool.Run("render", model, "--messages", _folder.Write("hi.json", Messages)).Expect(0).Output;
        using Process process = Tool.Start("render", model, "--messages", "-");
        process.StandardInput.Write(Messages);
        process.StandardInput.Close();
        Assert.Equal(expected, process.StandardOutput.ReadToEnd());
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Messages_reach_the_template_as_they_are_with_tools_and_variables()
    {
        const string Template = "{{ messages[0].content is defined }} {{ messages[1].content }} {{ messages[1].tool_calls[0].function.arguments.a + 1 }} "
            + "{{ messages[2].content[0].text }} {{ tools[0].function.name }} {{ flag is true }} {{ strftime_now('%Y') }}{{ bos_token }}";
        string messages = _folder.Write(
            "messages.json",
            """
            [{"role": "user"}, {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
             {"role": "user", "content": [{"type": "text", "text": "Look"}]}]
            """);
        string[] options = ["--tools", _folder.Write("tools.json", Tools), "--template-var", "flag=true", "--date", "2024-07-26"];
        foreach (string template in (string[])
        [
            _folder.Write("t.jinja", Template), _folder.Write("t.json", new JsonObject { ["chat_template"] = Template }.ToJsonString()),
        ])
        {
            ToolResult result = Tool.Run(["render", Paths.Model, "--messages", messages, "--chat-template", template, .. options]).Expect(0);
            Assert.Equal("False None 2 Look f True 2024<s>", result.Output);
        }
    }

    [Fact]
    public void Control_tokens_in_messages_are_text_unless_asked_for()
    {
        string template = _folder.Write("t.jinja", "{{ bos_token }}{{ messages[0].content }}");
        string messages = _folder.Write("messages.json", """[{"role": "user", "content": "a</s>"}]""");
        string[] arguments = ["render", Paths.Model, "--messages", messages, "--chat-template", template, "--json"];
        int[] plain = Ids(arguments), recognized = Ids([.. arguments, "--special-tokens"]);
        Assert.Equal(1, plain[0]);
        Assert.DoesNotContain(2, plain);
        Assert.Equal(2, recognized[^1]);

        int[] Ids(string[] arguments) => [.. Tool.Run(arguments).Expect(0).Json().GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
    }

    [Theory]
    [InlineData("{}", "The JSON is no array.")]
    [InlineData("[", "The file is not valid JSON")]
    [InlineData("""[{"role": "user"}, {"content": "x"}]""", "[1]: The message has no role")]
    [InlineData("""["x"]""", "[0]: The message has no role")]
    [InlineData("""[{"role": "user", "role": "x"}]""", "The file is not valid JSON")]
    [InlineData("""[{"role": "user", "content": "\ud800"}]""", "The file is not valid JSON")]
    public void What_is_no_conversation_is_refused_in_one_line(string json, string problem)
    {
        string file = _folder.Write("messages.json", json), template = _folder.Write("t.jinja", "x");
        string line = Tool.Run("render", Paths.Model, "--messages", file, "--chat-template", template).Expect(1).OneLine();
        Assert.StartsWith($"decoupleq: {file}: ", line);
        Assert.Contains(problem, line);
    }

    [Fact]
    public void A_model_without_a_template_and_files_that_are_not_there_are_named()
    {
        string messages = _folder.Write("messages.json", "[]"), missing = _folder["missing"];
        Assert.StartsWith(
            $"decoupleq: {Paths.Model}: The model has no chat template.", Tool.Run("render", Paths.Model, "--messages", messages).Expect(1).OneLine());
        string template = _folder.Write("t.jinja", "x");
        Assert.Contains(missing, Tool.Run("render", Paths.Model, "--messages", missing, "--chat-template", template).Expect(1).OneLine());
        Assert.Contains(missing, Tool.Run("render", Paths.Model, "--messages", messages, "--chat-template", missing).Expect(1).OneLine());
        Assert.Contains(
            missing, Tool.Run("render", Paths.Model, "--messages", messages, "--chat-template", template, "--tools", missing).Expect(1).OneLine());
        Assert.Contains("--messages", Tool.Run("render", Paths.Model).Expect(2).OneLine());
    }
}
