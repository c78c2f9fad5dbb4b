using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Tests;

public sealed class ChatTests : IDisposable
{
    private const string Template = "{{ bos_token }}{{ strftime_now('%Y') }}\n{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if " +
        "add_generation_prompt %}assistant:{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public ChatTests()
    {
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, _folder[Path.GetFileName(file)]);
        }
        _folder.Write("chat_template.jinja", Template);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_line_is_answered_until_the_input_ends()
    {
        ToolResult json = Talk("Who was the captain?\n\nAnd the shîp?\n", "--max-tokens", "8", "--temperature", "0", "--json").Expect(0);
        JsonElement[] turns = [.. json.Json().GetProperty("turns").EnumerateArray()];
        Assert.Equal(["Who was the captain?", "And the shîp?"], turns.Select(turn => turn.GetProperty("user").GetString()));
        JsonElement[] answers = [.. turns.Select(turn => turn.GetProperty("answer"))];
        Assert.All(answers, answer => Assert.InRange(answer.GetProperty("tokens").GetInt32(), 1, 8));
        Assert.Equal(0, answers[0].GetProperty("reusedTokens").GetInt32());
        Assert.True(answers[1].GetProperty("reusedTokens").GetInt32() >= answers[0].GetProperty("promptTokens").GetInt32());

        ToolResult streamed = Talk("Who was the captain?\n\nAnd the shîp?\n/exit\nNo answer to this.\n", "--max-tokens", "8", "--temperature", "0").Expect(0);
        Assert.Equal(string.Concat(answers.Select(answer => answer.GetProperty("text").GetString() + Environment.NewLine)), streamed.Output);
        int cut = answers.Count(answer => answer.GetProperty("finishReason").GetString() == "maxTokens");
        Assert.Equal(string.Concat(Enumerable.Repeat("The answer was ended by --max-tokens." + Environment.NewLine, cut)), streamed.Error);
    }

    /// <summary>Each answer by itself: the second is held from its beginning, and so is one that is given again.</summary>
    [Fact]
    public void Each_answer_is_held_to_a_grammar()
    {
        string schema = _folder.Write(
            "schema.json", """{"type": "object", "properties": {"sea": {"type": "boolean"}}, "required": ["sea"], "additionalProperties": false}""");
        string grammar = _folder.Write("list.gbnf", "root ::= (\"- \" [a-z]{2,6} \"\\n\"){2}\n");
        Assert.All(Texts("--json-schema", schema), text => Assert.Equal("sea", Assert.Single(JsonNode.Parse(text)!.AsObject()).Key));
        Assert.All(Texts("--grammar", grammar), text => Assert.Matches("^(- [a-z]{2,6}\n){2}$", text));
        Assert.All(Texts("--regex", "(yes|no), \\d{3}"), text => Assert.Matches("^(yes|no), [0-9]{3}$", text));
        Assert.All(Texts("--json-object"), text => Assert.StartsWith("{", text.TrimStart(), StringComparison.Ordinal));

        string[] Texts(params string[] options)
        {
            JsonElement[] turns =
            [
                .. Talk("Was it the sea?\nAnd the ship?\n/regen\n", [.. options, "--max-tokens", "60", "--temperature", "1", "--seed", "2", "--json"])
                    .Expect(0).Json().GetProperty("turns").EnumerateArray(),
            ];
            Assert.Equal(3, turns.Length);
            return [.. turns.Select(turn => turn.GetProperty("answer").GetProperty("text").GetString()!)];
        }
    }

    [Fact]
    public void A_grammar_that_is_wrong_is_named_before_the_conversation_begins()
    {
        string schema = _folder.Write("schema.json", """{"properties":{"a":{"not":{}}}}""");
        Assert.Contains($"{schema}: #/properties/a/not: The keyword not is not supported", Talk("Hi", "--json-schema", schema).Expect(1).Error);
        Assert.Contains("It was given beside --json-object", Talk("Hi", "--json-object", "--regex", "a").Expect(2).Error);
    }

    [Fact]
    public void A_new_start_forgets_the_conversation()
    {
        JsonElement[] answers =
        [
            .. Talk("Who was the captain?\n/new\nWho was the captain?", "--max-tokens", "6", "--temperature", "0", "--json").Expect(0).Json()
                .GetProperty("turns").EnumerateArray().Select(turn => turn.GetProperty("answer")),
        ];
        Assert.Equal(2, answers.Length);
        Assert.Equal(answers[0].GetProperty("text").GetString(), answers[1].GetProperty("text").GetString());
        Assert.Equal(0, answers[1].GetProperty("reusedTokens").GetInt32());
    }

    [Fact]
    public void A_conversation_is_saved_and_loaded_and_goes_on_as_if_it_had_not_ended()
    {
        string[] options = ["--max-tokens", "6", "--temperature", "0", "--json"];
        string file = _folder["talk.json"];
        ToolResult whole = Talk($"Who was the captain?\n/save {file}\nAnd then?\n", ["--system", "Tell stories.", .. options]).Expect(0);
        Assert.Equal($"3 messages in {file}." + Environment.NewLine, whole.Error);
        JsonNode[] saved = [.. JsonNode.Parse(File.ReadAllText(file))!.AsArray()!];
        Assert.Equal(["system", "user", "assistant"], saved.Select(message => (string)message["role"]!));
        Assert.Equal(["Tell stories.", "Who was the captain?"], saved[..2].Select(message => (string)message["content"]!));

        JsonElement[] turns = [.. whole.Json().GetProperty("turns").EnumerateArray()];
        JsonElement after = Talk($"/load {file}\nAnd then?\n", options).Expect(0).Json().GetProperty("turns")[0];
        Assert.Equal(Ids(turns[1].GetProperty("answer")), Ids(after.GetProperty("answer")));
        Assert.Equal(turns[1].GetProperty("answer").GetProperty("promptTokens").GetInt32(), after.GetProperty("answer").GetProperty("promptTokens").GetInt32());
        // What was saved is what render reads.
        Assert.Contains("user: Who was the captain?\n", Tool.Run("render", _folder.FullName, "--messages", file).Expect(0).Output);

        // It is saved again, but nothing else is overwritten.
        Talk($"/load {file}\n/save {file}\n", options).Expect(0);
        string other = _folder["config.json"];
        Assert.Contains($"{other}: The file is there, and is no conversation.", Talk($"/save {other}\n").Expect(1).OneLine());
        Assert.Contains(_folder["none"], Talk($"/load {_folder["none"]}\n").Expect(1).OneLine());
        Assert.Contains("/save: It needs a file.", Talk("/save\n").Expect(1).OneLine());
    }

    [Fact]
    public void A_conversation_is_neither_read_from_a_pipe_nor_written_to_one_and_links_are_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Folders have no pipes there.");
        foreach (string name in (string[])["pipe", "half.json.partial"])
        {
            using Process made = Process.Start("mkfifo", _folder[name]);
            made.WaitForExit();
            Assert.Equal(0, made.ExitCode);
        }
        File.CreateSymbolicLink(_folder["link"], _folder["pipe"]);
        foreach (string command in (string[])["/save", "/load"])
        {
            Assert.Contains("pipe", Talk($"{command} {_folder["pipe"]}\n").Expect(1).OneLine());
            Assert.Contains("/dev/zero", Talk($"{command} /dev/zero\n").Expect(1).OneLine());
            Assert.Contains("link", Talk($"{command} {_folder["link"]}\n").Expect(1).OneLine());
        }
        // What lies beside the file is not written to, nor taken for a part of it.
        Talk($"/save {_folder["half.json"]}\n").Expect(0);
        Assert.True(File.Exists(_folder["half.json"]) && File.Exists(_folder["half.json.partial"]));

        string file = _folder.Write("talk.json", "[]"), link = _folder["talk-link.json"];
        File.CreateSymbolicLink(link, file);
        Talk($"Who?\n/save {link}\n/load {link}\n", "--max-tokens", "2", "--temperature", "0").Expect(0);
        Assert.Equal(file, new FileInfo(link).LinkTarget);
        Assert.Equal(2, JsonNode.Parse(File.ReadAllText(file))!.AsArray().Count);
    }

    [Fact]
    public void Instructions_are_given_and_taken_away_in_the_conversation()
    {
        string[] options = ["--max-tokens", "4", "--temperature", "0", "--json"];
        int Prompt(string input, params string[] more) => Talk(input, [.. options, .. more]).Expect(0).Json().GetProperty("turns")[0]
            .GetProperty("answer").GetProperty("promptTokens").GetInt32();
        int without = Prompt("Who?\n"), with = Prompt("Who?\n", "--system", "Tell stories.");
        Assert.True(with > without);
        Assert.Equal(with, Prompt("/system Tell stories.\nWho?\n"));
        Assert.Equal(without, Prompt("/system\nWho?\n", "--system", "Tell stories."));
        Assert.Equal(with, Prompt("/system Tell stories.\n/new\nWho?\n"));
    }

    [Fact]
    public void An_answer_is_given_again_with_other_draws_in_place_of_the_first()
    {
        string[] options = ["--max-tokens", "8", "--temperature", "1", "--seed", "3", "--json"];
        JsonElement[] turns = [.. Talk("Who was the captain?\n/regen\nAnd then?\n", options).Expect(0).Json().GetProperty("turns").EnumerateArray()];
        Assert.Equal(["Who was the captain?", "Who was the captain?", "And then?"], turns.Select(turn => turn.GetProperty("user").GetString()));
        JsonElement[] answers = [.. turns.Select(turn => turn.GetProperty("answer"))];
        Assert.NotEqual(Ids(answers[0]), Ids(answers[1]));
        Assert.Equal(answers[0].GetProperty("promptTokens").GetInt32(), answers[1].GetProperty("promptTokens").GetInt32());
        // The second answer is the one that the conversation goes on from.
        string expected = $"2024\nuser: Who was the captain?\nassistant: {answers[1].GetProperty("text").GetString()}\nuser: And then?\nassistant:";
        Assert.Equal(
            1 + TokenizerFiles.Load(Paths.Model).Encode(expected).Count, Talk("Who was the captain?\n/regen\nAnd then?\n", [.. options, "--date", "2024-07-26"])
                .Expect(0).Json().GetProperty("turns")[2].GetProperty("answer").GetProperty("promptTokens").GetInt32());
        Assert.Contains("/regen: There is no answer to be given again.", Talk("/regen\n").Expect(1).OneLine());
    }

    [Fact]
    public void A_message_may_have_several_lines_and_begin_with_a_slash()
    {
        string[] options = ["--max-tokens", "2", "--temperature", "0", "--json"];
        const string Input =
            "\"\"\"\nfirst\n  second\n/exit\n\"\"\"\n\"\"\"one\ntwo\"\"\"\n\"\"\"alone\"\"\"\n/etc/hosts is what?\n /exit\n\"\"\"open\nend";
        string[] users =
            [.. Talk(Input, options).Expect(0).Json().GetProperty("turns").EnumerateArray().Select(turn => turn.GetProperty("user").GetString()!)];
        Assert.Equal(["first\n  second\n/exit", "one\ntwo", "alone", "/etc/hosts is what?", " /exit", "open\nend"], users);
    }

    [Fact]
    public void Commands_are_listed_and_unknown_ones_are_not_said_to_the_model()
    {
        string help = Talk("/help\n").Expect(0).Error;
        Assert.All(
            (string[])["/help", "/save FILE", "/load FILE", "/system TEXT", "/regen", "/new", "/exit", "\"\"\""],
            name => Assert.Contains($"  {name} ", help));
        Assert.StartsWith("decoupleq: /frobnicate: There is no such command. (expected: /regen, ", Talk("/frobnicate now\n").Expect(1).OneLine());
    }

    [Fact]
    public void A_template_of_its_own_takes_the_place_of_the_models()
    {
        string template = _folder.Write("other.jinja", "{{ messages[-1].content }} said");
        string[] options = ["--max-tokens", "4", "--temperature", "0", "--json"];
        JsonElement plain = Tool.Run(["generate", Paths.Model, "--prompt", "The captain said", .. options]).Expect(0).Json();
        JsonElement answer = Tool.Run(["generate", Paths.Model, "--chat", "--chat-template", template, "--prompt", "The captain", .. options]).Expect(0).Json();
        Assert.Equal(Ids(plain), Ids(answer));
        answer = Talk("The captain\n", ["--chat-template", template, .. options]).Expect(0).Json().GetProperty("turns")[0].GetProperty("answer");
        Assert.Equal(Ids(plain), Ids(answer));
        Assert.Contains("--chat", Tool.Run("generate", Paths.Model, "--prompt", "x", "--chat-template", template).Expect(2).OneLine());
    }

    [Fact]
    public void The_seed_of_a_conversation_is_reported_and_gives_it_again()
    {
        ToolResult drawn = Talk("Who was the captain?\nAnd then?\n", "--max-tokens", "8").Expect(0);
        string seed = System.Text.RegularExpressions.Regex.Match(drawn.Error, @"The conversation's seed is (\d+)\.").Groups[1].Value;
        Assert.Equal(drawn.Output, Talk("Who was the captain?\nAnd then?\n", "--max-tokens", "8", "--seed", seed).Expect(0).Output);
    }

    [Fact]
    public void Generate_with_chat_is_the_first_turn()
    {
        string[] options = ["--system", "Tell stories.", "--date", "2024-07-26", "--max-tokens", "8", "--temperature", "0.8", "--seed", "3", "--json"];
        JsonElement turn = Tool.Run(["generate", _folder.FullName, "--chat", "--prompt", "Who?", .. options]).Expect(0).Json();
        JsonElement first = Talk("Who?\n", options).Expect(0).Json().GetProperty("turns")[0].GetProperty("answer");
        Assert.Equal(Ids(first), Ids(turn));
        Assert.Equal(first.GetProperty("promptTokens").GetInt32(), turn.GetProperty("promptTokens").GetInt32());

        // The prompt is what the template makes of system, question and date.
        JsonElement whole = Tool.Run(
            "generate", _folder.FullName, "--special-tokens", "--prompt", "<s>2024\nsystem: Tell stories.\nuser: Who?\nassistant:",
            "--max-tokens", "8", "--temperature", "0.8", "--seed", "3", "--json").Expect(0).Json();
        Assert.Equal(Ids(whole), Ids(turn));
    }

    [Fact]
    public void Template_variables_reach_the_template_with_their_types()
    {
        _folder.Write(
            "chat_template.jinja",
            "{% for m in messages %}{{ m.content }}{% endfor %} {{ flag is false }} {{ number + 1 }} {{ text ~ '!' }} {{ list[1] }} {{ word ~ '?' }}:");
        string[] variables = ["flag=false", "number=2", "text=\"3\"", "list=[4, 5]", "word=six = 6"];
        JsonElement answer = Tool.Run(
            [
                "generate", _folder.FullName, "--chat", "--prompt", "Hi", "--max-tokens", "4", "--temperature", "0", "--json",
                .. variables.SelectMany(v => (string[])["--template-var", v]),
            ]).Expect(0).Json();
        JsonElement plain = Tool.Run(
            "generate", _folder.FullName, "--prompt", "Hi True 3 3! 5 six = 6?:", "--max-tokens", "4", "--temperature", "0", "--json").Expect(0).Json();
        Assert.Equal(Ids(plain), Ids(answer));
        Assert.Equal(plain.GetProperty("promptTokens").GetInt32(), answer.GetProperty("promptTokens").GetInt32());
    }

    [Fact]
    public void A_published_template_answers_without_thinking_on_request()
    {
        string published = (string)JsonNode.Parse(File.ReadAllText(Paths.Golden("tokenizers", "qwen3", "tokenizer_config.json")))!["chat_template"]!;
        _folder.Write("chat_template.jinja", published);
        int[] prompts =
        [
            .. ((string[][])[[], ["--template-var", "enable_thinking=true"], ["--template-var", "enable_thinking=false"]]).Select(variables =>
                Talk("Hi\n", ["--max-tokens", "1", "--json", .. variables])
                    .Expect(0)
                    .Json()
                    .GetProperty("turns")[0]
                    .GetProperty("answer")
                    .GetProperty("promptTokens")
                    .GetInt32()),
        ];
        Assert.Equal(prompts[0], prompts[1]);
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        const string Question = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
        // The model's inputs start with an id that the template does not write.
        Assert.Equal(1 + tokenizer.Encode(Question).Count, prompts[0]);
        Assert.Equal(1 + tokenizer.Encode(Question + "<think>\n\n</think>\n\n").Count, prompts[2]);
    }

    [Theory]
    [InlineData("thinking", "'thinking' cannot be used.")]
    [InlineData("enable-thinking=1", "'enable-thinking=1' cannot be used.")]
    [InlineData("messages=[]", "'messages=[]' cannot be used.")]
    [InlineData("=1", "'=1' cannot be used.")]
    public void A_template_variable_that_is_none_is_refused(string variable, string problem)
    {
        string line = Tool.Run("chat", _folder.FullName, "--template-var", variable).Expect(2).OneLine();
        Assert.Equal(
            $"decoupleq: --template-var: {problem} (expected: NAME=VALUE, each name once and a name of the template's, such as enable_thinking=false)",
            line);
    }

    [Fact]
    public void A_template_variable_that_the_template_does_not_know_is_refused()
    {
        string line = Talk("Hi\n", "--template-var", "enable_thinking=false").Expect(1).OneLine();
        Assert.Equal(
            $"decoupleq: {_folder["chat_template.jinja"]}: --template-var: The chat template does not mention 'enable_thinking'. (expected: a variable " +
                "that the template reads)",
            line);
        Assert.Contains("--chat", Tool.Run("generate", _folder.FullName, "--prompt", "x", "--template-var", "role=1").Expect(2).OneLine());
    }

    [Fact]
    public void Options_of_a_conversation_need_one()
    {
        Assert.Contains("--chat", Tool.Run("generate", _folder.FullName, "--prompt", "x", "--system", "y").Expect(2).OneLine());
        string line = Tool.Run("chat", _folder.FullName, "--date", "26 July").Expect(2).OneLine();
        Assert.Equal("decoupleq: --date: '26 July' is no date. (expected: a date such as 2024-07-26)", line);
    }

    [Fact]
    public void A_model_without_a_template_and_a_template_that_fails_are_named()
    {
        Assert.StartsWith($"decoupleq: {Paths.Model}: The model has no chat template. (expected: ", Tool.Run("chat", Paths.Model).Expect(1).OneLine());

        string file = _folder.Write("chat_template.jinja", "{% for m in messages %}\n{{ m.content | frobnicate }}\n{% endfor %}");
        Assert.StartsWith($"decoupleq: {file}: line 2: The filter 'frobnicate' is not supported. (expected: one of ", Talk("Hi\n").Expect(1).OneLine());

        _folder.Write("chat_template.jinja", "{{ raise_exception('Only in German, please.') }}");
        Assert.StartsWith(
            $"decoupleq: {file}: line 1: The template refuses the conversation: Only in German, please. (expected: ",
            Tool.Run("generate", _folder.FullName, "--chat", "--prompt", "x").Expect(1).OneLine());
    }

    [Fact]
    public void A_conversation_that_no_longer_fits_the_context_ends_with_an_error()
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder["config.json"]))!;
        config["max_position_embeddings"] = 40;
        _folder.Write("config.json", config.ToJsonString());
        ToolResult result = Talk("Who was the captain of the ship?\nAnd then?\nAnd then?\n", "--temperature", "0").Expect(1);
        Assert.Contains("The answer was ended by the end of the model's context.", result.Error);
        Assert.Matches(
            @"decoupleq: conversation: The conversation has \d+ tokens, but the model's context is 40\. \(expected: a shorter conversation\)", result.Error);
    }

    private static int[] Ids(JsonElement answer) => [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private ToolResult Talk(string input, params string[] options)
    {
        using Process process = Tool.Start(["chat", _folder.FullName, .. options]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(input);
        try
        {
            process.StandardInput.BaseStream.Write(bytes);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }
}
