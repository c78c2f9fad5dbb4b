using System.Text;
using System.Text.Json;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Answers with calls, damaged, cut at random and read. An answer with a complete call counts as read, any other as refused. Whatever the cuts, the same comes
/// of it; calls are in order, their complete arguments are JSON, and no text is made up.
/// </summary>
internal sealed class ToolCallTarget : IFuzzTarget
{
    // Each update is an object and a text, at worst for each character.
    private const int AllocatedOfByte = 1500, FixedAllocation = 64 << 10;

    private static readonly string[] Answers =
    [
        "Let me look.\n<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": [1, 2.5e-3, {\"b\": \"}\\\"\\u00e9 😀\"}]}}\n</tool_call>\n"
            + "<tool_call>\n{\"name\": \"get\"}\n</tool_call>",
        "<think>\nHm, run.\n</think>\n\n<tool_call>{ \"arguments\": {\"q\": null}, \"name\": \"run\"}</tool_call> Done.",
        "{\"name\": \"run\", \"parameters\": {\"a\": {\"b\": \"c\"}}}; {\"type\": \"function\", \"name\": \"get\", \"parameters\": {}}",
        "\u0001{\"name\": \"get\", \"arguments\": {\"x\": true}}",
        "Well.\n[TOOL_CALLS] [{\"name\": \"run\", \"arguments\": {\"a\": \"[]\"}, \"id\": \"aB3dE6gH9\"}, {\"name\": \"get\", \"arguments\": {}}]",
        "\u0002run\u0003{\"a\": -0.5}\u0002get[CALL_ID]aB3dE6gH9[ARGS]{}",
        "[TOOL_CALLS]run{\"a\": 1}[TOOL_CALLS]get[ARGS] {\"b\": [[], {}]}",
    ];

    private static readonly string[] Pieces =
    [
        "<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<|python_tag|>", "<think>", "</think>",
        "{", "}", "[", "]", "\"", "\\", ",", ":", ";",
        "\n", " ", "\"name\": \"run\"", "\"arguments\": {", "\u0001", "\u0002", "\u0003", "\u0004", "\ud83d", "\ude00", "😀", "<tool_", "x",
    ];

    private static readonly Dictionary<int, string> Silent = new() { [1] = "<|python_tag|>", [2] = "[TOOL_CALLS]", [3] = "[ARGS]", [4] = "</think>" };

    public string Name => "tool-calls";

    public byte[] Damage(Random random)
    {
        string answer = Answers[random.Next(Answers.Length)];
        if (random.Next(4) == 0)
        {
            answer += Answers[random.Next(Answers.Length)];
        }
        for (int change = random.Next(3); change > 0; change--)
        {
            int at = random.Next(answer.Length + 1);
            answer = answer[..at] + Pieces[random.Next(Pieces.Length)] + answer[Math.Min(answer.Length, at + random.Next(4))..];
        }
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        return random.Next(3) == 0 ? Mutation.Of(bytes, random) : bytes;
    }

    public void Read(byte[] damaged, Random random)
    {
        string answer = Encoding.UTF8.GetString(damaged);
        var options = new AnswerReaderOptions
        {
            Format = ToolFormat.All[random.Next(ToolFormat.All.Count)],
            Tools = random.Next(2) == 0 ? null : [new ChatTool("run", null, null), new ChatTool("get", null, null)],
            ReasoningIsOpen = random.Next(4) == 0,
            NewCallId = () => "Damaged00",
        };
        string whole = Parts(options, answer, _ => false, out int complete);
        if (whole != Parts(options, answer, _ => true, out _) || whole != Parts(options, answer, _ => random.Next(5) == 0, out _))
        {
            throw new InvalidOperationException("The parts depend on the cuts.");
        }
        if (complete == 0)
        {
            throw new DecoupleQException("The answer holds no call.");
        }
    }

    public long MostAllocated(int length) => FixedAllocation + (long)AllocatedOfByte * length;

    public void Dispose()
    {
    }

    /// <summary>What came of an answer, as one text.</summary>
    private static string Parts(AnswerReaderOptions options, string answer, Func<int, bool> cuts, out int complete)
    {
        var reader = new AnswerReader(options, Silent);
        var parts = new StringBuilder();
        var said = new StringBuilder();
        StringBuilder? arguments = null;
        (int calls, string kind) = (0, "");
        complete = 0;
        int start = 0;
        for (int at = 0; at < answer.Length; at++)
        {
            // Characters below a tab stand for tokens without text.
            if (answer[at] is >= '\u0001' and <= '\u0004')
            {
                Take(reader.Push(answer[start..at]), ref complete);
                Take(reader.Push(new GeneratedToken(answer[at], "", null, null)), ref complete);
                start = at + 1;
            }
            else if (cuts(at))
            {
                Take(reader.Push(new GeneratedToken(1000, answer[start..at], null, null)), ref complete);
                start = at;
            }
        }
        Take(reader.Push(new GeneratedToken(1000, answer[start..], null, FinishReason.MaxTokens)), ref complete);
        CheckOrder(answer, said);
        return parts.ToString();

        void Take(IReadOnlyList<AnswerUpdate> updates, ref int ended)
        {
            foreach (AnswerUpdate update in updates)
            {
                switch (update)
                {
                    case AnswerText { Text.Length: > 0 } text:
                        Add("A", text.Text);
                        said.Append(text.Text);
                        break;
                    case ReasoningText { Text.Length: > 0 } text:
                        Add("R", text.Text);
                        said.Append(text.Text);
                        break;
                    case ToolCallBegin { Name.Length: > 0 } begin when begin.Index == calls:
                        Add($"C{begin.Index}{begin.Id}{begin.Name}", "");
                        arguments = new();
                        calls++;
                        break;
                    case ToolCallArguments { Text.Length: > 0 } text when text.Index == calls - 1 && arguments is not null:
                        arguments.Append(text.Text);
                        Add("J", text.Text);
                        break;
                    case ToolCallEnd end when end.Index == calls - 1 && arguments is not null:
                        using (JsonDocument json = JsonDocument.Parse(arguments.ToString()))
                        {
                            Add(json.RootElement.ValueKind == JsonValueKind.Object ? "E" : throw new InvalidOperationException("Arguments are no object."), "");
                        }
                        arguments = null;
                        ended++;
                        break;
                    default:
                        throw new InvalidOperationException($"An update is out of place: {update}");
                }
            }
        }

        void Add(string next, string text)
        {
            if (next != kind)
            {
                parts.Append('\u0005').Append(next).Append('\u0005');
                kind = next;
            }
            parts.Append(text);
        }
    }

    /// <summary>All text that came is in the answer, in order.</summary>
    private static void CheckOrder(string answer, StringBuilder said)
    {
        int at = -1;
        foreach (char character in said.ToString())
        {
            at = answer.IndexOf(character, at + 1);
            if (at < 0)
            {
                throw new InvalidOperationException("Text was made up.");
            }
        }
    }
}
