using CsCheck;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>What holds of answers in every format.</summary>
public sealed class AnswerReaderTests
{
    private static readonly string[] Pieces = ["<tool_cal", "[TOOL", "<|python", "</tool_call>", "[ARGS]", "<thin", "😀", "{\"name\": \"run\"}", "]"];

    [Theory]
    [InlineData("<think>\n\nHm.\n\n Well. \n</think>\n\nHello,\n\nyou. ", "reasoning: Hm.↵↵ Well.\nanswer: Hello,↵↵you. ")]
    [InlineData(" \n<think>a</think>b", "reasoning: a\nanswer: b")]
    [InlineData("«<think>»\na\n«</think>»\nb", "reasoning: a\nanswer: b")]
    // What a model writes that does not reason.
    [InlineData("<think>\n\n</think>\n\nHello.", "answer: Hello.")]
    [InlineData("<think>", "")]
    [InlineData("<think>a</thin", "reasoning: a</thin")]
    [InlineData("a</think>b", "answer: a</think>b")]
    // The tags are said, not meant.
    [InlineData("Write <think> and </think>.", "answer: Write <think> and </think>.")]
    [InlineData("<think>a</think><think>b</think>", "reasoning: a\nanswer: <think>b</think>")]
    [InlineData("<thinks> <thi", "answer: <thinks> <thi")]
    [InlineData("a«</think>»b«<think>»c", "answer: abc")]
    [InlineData("", "")]
    [InlineData(" \n ", "answer:  ↵ ")]
    public void Reasoning_is_told_from_the_answer(string answer, string expected)
    {
        foreach (string? format in (string?[])[null, .. ToolFormat.All.Select(format => format.Name)])
        {
            Assert.Equal(expected, ReadAnswer.InEveryPiece(format, answer));
        }
    }

    [Theory]
    [InlineData("Hm.\n</think>\n\nHello.", "reasoning: Hm.\nanswer: Hello.")]
    [InlineData("\n<think>\nHm.</think>Hello.", "reasoning: Hm.\nanswer: Hello.")]
    [InlineData("Hm. <think>\n", "reasoning: Hm. <think>↵")]
    [InlineData("</think>Hello.", "answer: Hello.")]
    public void A_prompt_may_have_opened_the_reasoning(string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.InEveryPiece(null, answer, reasoningIsOpen: true));

    [Theory]
    [InlineData("{{ messages[0].content }}<|assistant|><think>\n", "Hi", true)]
    [InlineData("{{ messages[0].content }}<think>", "Hi", true)]
    [InlineData("{{ messages[0].content }}<think>\n\n</think>\n\n", "Hi", false)]
    [InlineData("{{ messages[0].content }}\n", "Hi <think>", false)]
    [InlineData("{{ messages[0].content }}nk>", "Hi <thi", false)]
    [InlineData("{{ messages[0].content }}", "k>", false)]
    public void Only_the_template_opens_the_reasoning(string template, string content, bool opens) =>
        Assert.Equal(opens, OpenReasoning.IsAtEndOf(ChatTemplate.Parse(template).Render([new(ChatMessage.User, content)])));

    [Fact]
    public void Reasoning_is_text_where_it_is_not_to_be_told_apart()
    {
        const string Answer = "<think>a</think>\n\nb";
        var options = new AnswerReaderOptions { ReadsReasoning = false, ReasoningIsOpen = true };
        Assert.Equal("answer: <think>a</think>↵↵b", ReadAnswer.Lines(ReadAnswer.Updates(options, ReadAnswer.Characters(Answer))));
    }

    [Fact]
    public void Without_a_format_calls_are_text() =>
        Assert.Equal(
            "answer: <tool_call>{\"name\": \"run\", \"arguments\": {}}", ReadAnswer.InEveryPiece(null, "<tool_call>{\"name\": \"run\", \"arguments\": {}}"));

    [Fact]
    public void Without_tools_any_name_is_called()
    {
        AnswerReaderOptions options = ReadAnswer.Options("llama3") with { Tools = null };
        string answer = """{"name": "anything at \"all\"", "parameters": {}}""";
        Assert.Equal("call 0 id0000001 anything at \"all\": {}\nend", ReadAnswer.Lines(ReadAnswer.Updates(options, ReadAnswer.Characters(answer))));
        // A name that is empty or never ends is none.
        foreach (string name in (string[])["", new string('a', 2000)])
        {
            answer = $$$"""{"name": "{{{name}}}", "parameters": {}}""";
            Assert.Equal("answer: " + answer, ReadAnswer.Lines(ReadAnswer.Updates(options, ReadAnswer.Characters(answer))));
        }
    }

    [Fact]
    public void Ids_are_nine_letters_and_digits_and_differ()
    {
        AnswerReaderOptions options = ReadAnswer.Options("hermes") with { NewCallId = null };
        string answer = ToolFormat.Hermes.Calls.Write([.. Enumerable.Repeat(("run", "{}"), 50)]);
        string[] ids = [.. ReadAnswer.Updates(options, ReadAnswer.Characters(answer)).OfType<ToolCallBegin>().Select(call => call.Id)];
        Assert.Equal(50, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[A-Za-z0-9]{9}$", id));
    }

    [Fact]
    public void Everything_that_is_certain_comes_at_once()
    {
        var reader = new AnswerReader(ReadAnswer.Options("hermes"));
        Assert.Equal([new AnswerText("Let me")], reader.Push("Let me"));
        Assert.Equal([new AnswerText(" see.")], reader.Push(" see.\n"));
        Assert.Empty(reader.Push("<tool"));
        Assert.Empty(reader.Push("_call>\n{\"name\": \"run\", \"arguments\":"));
        Assert.Equal([new ToolCallBegin(0, "id0000001", "run"), new ToolCallArguments(0, "{\"a\"")], reader.Push(" {\"a\""));
        Assert.Equal([new ToolCallArguments(0, ": \"x")], reader.Push(": \"x"));
        Assert.Equal([new ToolCallArguments(0, "\"}"), new ToolCallEnd(0)], reader.Push("\"}}\n"));
        Assert.Empty(reader.Push("</tool_call>"));
        Assert.Empty(reader.Finish());
    }

    [Fact]
    public void No_update_ends_within_a_surrogate_pair()
    {
        var reader = new AnswerReader(ReadAnswer.Options("hermes"));
        Assert.Equal([new AnswerText("a")], reader.Push("a\ud83d"));
        Assert.Equal([new AnswerText("😀b")], reader.Push("\ude00b"));
        Assert.Equal(
            [new ToolCallBegin(0, "id0000001", "run"), new ToolCallArguments(0, "{\"")],
            reader.Push("<tool_call>{\"name\": \"run\", \"arguments\": {\"\ud83d"));
        Assert.Equal([new ToolCallArguments(0, "😀\"")], reader.Push("\ude00\""));
    }

    // A token that has no text stands behind what is held back of the text before it.
    [Fact]
    public void A_token_without_text_stands_behind_text_that_is_held_back()
    {
        AnswerReaderOptions options = ReadAnswer.Options("mistral");
        Assert.Equal("answer: Hm. Oh\ncall 0 id0000001 run: {}\nend", ReadAnswer.Lines(ReadAnswer.Updates(options,
        [
            new(1000, "Hm. ", null, null) { HeldBack = 1 }, new(1000, "", null, null) { HeldBack = 2 },
            ReadAnswer.Silent("[TOOL_CALLS]") with { HeldBack = 2 }, new(1000, "", null, null) { HeldBack = 2 },
            new(1000, "Oh[{\"name\": ", null, null), new(1000, "\"run\"}]", null, FinishReason.EndToken),
        ])));
        // If a stop text comes of it, nothing behind it counts.
        Assert.Equal("answer: Hm. ", ReadAnswer.Lines(ReadAnswer.Updates(ReadAnswer.Options("mistral"),
        [
            new(1000, "Hm. ", null, null) { HeldBack = 1 }, ReadAnswer.Silent("[TOOL_CALLS]") with { HeldBack = 1 }, new(1000, "", null, FinishReason.StopText),
        ])));
    }

    [Fact]
    public void Text_without_markers_comes_through_unchanged() => Gen.Select(
        Gen.OneOf(
            Gen.String[Gen.Char["ab \n\t{}[],:;\"\\0é日<>/thinkool_cs|"], 0, 40],
            Gen.String[0, 20],
            Gen.Int[0, Pieces.Length - 1].Array[0, 6].Select(pieces => string.Concat(pieces.Select(piece => Pieces[piece])))),
        Gen.Int[0, ToolFormat.All.Count],
        Gen.Int[0, 1000]).Sample((text, format, seed) =>
        {
            if (text.Contains('«') || text.Contains('»') || text.Contains("[TOOL_CALLS]") || text.TrimStart().StartsWith("<think>", StringComparison.Ordinal))
            {
                return;
            }
            var random = new Random(seed);
            AnswerReaderOptions options = ReadAnswer.Options(format == 0 ? null : ToolFormat.All[format - 1].Name);
            List<AnswerUpdate> updates = ReadAnswer.Updates(options, ReadAnswer.Joined(ReadAnswer.Characters(text), _ => random.Next(3) == 0));
            Assert.Equal(text, string.Concat(updates.Cast<AnswerText>().Select(update => update.Text)));
        }, iter: 5_000);

    [Fact]
    public void Depth_is_bounded_and_the_work_is_linear()
    {
        string deep = new string('[', 62) + new string(']', 62), tooDeep = new string('[', 100_000);
        AnswerReaderOptions options = ReadAnswer.Options("hermes");
        Assert.IsType<ToolCallEnd>(Read($$$"""<tool_call>{"name": "run", "arguments": {"a": {{{deep}}}}}</tool_call>""")[^1]);
        Assert.IsType<AnswerText>(Read($$$"""<tool_call>{"name": "run", "arguments": {"a": {{{tooDeep}}}""")[^1]);
        // Beginnings without end, each of which could be looked at again for every other.
        foreach (string piece in (string[])
        [
            "<tool_call>", "<tool_call>{\"name\": \"", "<tool_call>{\"arguments\": {\"a\": \"<tool_call>", "<tool_cal", " \n", "\\\"", "{\"a\":",
        ])
        {
            string text = string.Concat(Enumerable.Repeat(piece, 400_000 / piece.Length));
            Assert.Equal(text, string.Concat(Read(text).OfType<AnswerText>().Select(update => update.Text)));
        }

        List<AnswerUpdate> Read(string text)
        {
            var reader = new AnswerReader(options);
            return [.. reader.Push(text), .. reader.Finish()];
        }
    }
}
