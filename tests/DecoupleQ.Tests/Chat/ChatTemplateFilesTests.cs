using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Chat;

public sealed class ChatTemplateFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_template_file_comes_before_the_config_and_the_config_before_the_processor()
    {
        Assert.Null(ChatTemplate.LoadIfThere(_folder.Path));
        Write("chat_template.json", new JsonObject { ["chat_template"] = "processor" });
        Assert.Equal("processor", Text());
        Write("tokenizer_config.json", new JsonObject { ["chat_template"] = "config" });
        Assert.Equal("config", Text());
        File.WriteAllText(_folder.File("chat_template.jinja"), "\uFEFFjinja");
        Assert.Equal("jinja", Text());
    }

    [Fact]
    public void Of_several_templates_the_default_one_is_taken()
    {
        Write("tokenizer_config.json", Config(("tool_use", "tools"), ("default", "this")));
        Assert.Equal("this", Text());
        Write("tokenizer_config.json", Config(("tool_use", "tools")));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => ChatTemplate.Load(_folder.Path));
        Assert.Equal(_folder.File("tokenizer_config.json"), error.File);
        Assert.Equal("chat_template", error.Field);

        static JsonObject Config(params (string Name, string Template)[] templates) => new()
        {
            ["chat_template"] = new JsonArray([.. templates.Select(template => new JsonObject { ["name"] = template.Name, ["template"] = template.Template })]),
        };
    }

    [Fact]
    public void Tools_have_a_template_of_their_own_where_a_model_has_several()
    {
        Assert.Null(ChatTemplate.LoadForToolsIfThere(_folder.Path));
        Write("tokenizer_config.json", new JsonObject { ["chat_template"] = "config", ["bos_token"] = "<s>" });
        Assert.Equal("config", ToolText());
        foreach (string[] names in (string[][])[["default", "tool_use"], ["tool_use", "default"], ["rag", "tool_use"]])
        {
            Write("tokenizer_config.json", new JsonObject
            {
                ["chat_template"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name, ["template"] = "{{ bos_token }}" + name })]),
                ["bos_token"] = "<s>",
            });
            Assert.Equal("<s>tool_use", ToolText());
        }
        File.WriteAllText(_folder.File("chat_template.jinja"), "jinja");
        Assert.Equal("jinja", ToolText());
        Directory.CreateDirectory(_folder.File("additional_chat_templates"));
        File.WriteAllText(_folder.File("additional_chat_templates/tool_use.jinja"), "{{ bos_token }}more");
        Assert.Equal("<s>more", ToolText());
        Assert.Equal("jinja", Text());

        string ToolText() => ChatTemplate.LoadForToolsIfThere(_folder.Path)!.Render([]).Text;
    }

    [Fact]
    public void Special_tokens_are_known_by_their_names()
    {
        Write("special_tokens_map.json", new JsonObject { ["bos_token"] = "<map>", ["unk_token"] = "<unk>" });
        Write("tokenizer_config.json", new JsonObject
        {
            ["bos_token"] = "<s>",
            ["eos_token"] = new JsonObject { ["content"] = "</s>", ["lstrip"] = false },
            ["pad_token"] = null,
            ["chat_template"] = "{{ bos_token }}{{ eos_token }}{{ unk_token }}{{ pad_token is defined }}",
        });
        Assert.Equal("<s></s><unk>False", Text());
        Assert.Equal("</s>", ChatTemplate.Load(_folder.Path).EndToken);
    }

    [Theory]
    [InlineData("""{"chat_template": 5}""", "chat_template")]
    [InlineData("""{"chat_template": [5]}""", "chat_template")]
    [InlineData("""{"chat_template": [{"name": "default"}]}""", "chat_template[0].template")]
    [InlineData("""{"chat_template": "x", "eos_token": 5}""", "eos_token")]
    [InlineData("""{"chat_template": "\n{{ x"}""", "chat_template, line 2")]
    [InlineData("""{""", null)]
    public void A_damaged_config_is_refused(string config, string? field)
    {
        File.WriteAllText(_folder.File("tokenizer_config.json"), config);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => ChatTemplate.Load(_folder.Path));
        Assert.Equal(_folder.File("tokenizer_config.json"), error.File);
        Assert.Equal(field, error.Field);
    }

    [Fact]
    public void A_template_file_that_is_not_UTF8_or_too_large_is_refused()
    {
        string file = _folder.File("chat_template.jinja");
        File.WriteAllBytes(file, [0x61, 0xFF]);
        Assert.Equal(file, Assert.Throws<DecoupleQException>(() => ChatTemplate.Load(_folder.Path)).File);
        File.WriteAllBytes(file, new byte[(1 << 20) + 1]);
        Assert.Contains("1048576", Assert.Throws<DecoupleQException>(() => ChatTemplate.Load(_folder.Path)).Expected);
    }

    [Fact]
    public void A_model_without_a_template_says_where_it_was_looked_for() =>
        Assert.Contains("chat_template.jinja", Assert.Throws<DecoupleQException>(() => ChatTemplate.Load(Paths.Model)).Expected);

    [Fact]
    public void The_template_inside_a_GGUF_file_gives_the_same_prompts_as_the_folders()
    {
        ChatTemplate inside = ChatTemplate.Load(Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"));
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", "smollm2", "chat.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            ChatPrompt prompt = inside.Render(
                [
                    .. expected.RootElement.GetProperty("messages").EnumerateArray()
                        .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))
                ],
                new() { AddGenerationPrompt = expected.RootElement.GetProperty("addGenerationPrompt").GetBoolean() });
            Assert.Equal(expected.RootElement.GetProperty("text").GetString(), prompt.Text);
        }
        Assert.Equal("<|im_end|>", inside.EndToken);
        Assert.Null(ChatTemplate.LoadIfThere(Paths.Golden("golden", "tiny", "tiny-llama-spm", "model.gguf")));
    }

    private string Text() => ChatTemplate.Load(_folder.Path).Render([]).Text;

    private void Write(string name, JsonObject content) => File.WriteAllText(_folder.File(name), content.ToJsonString());
}
