using System.Text;
using System.Text.Json.Nodes;

namespace DecoupleQ.Chat.Tools;

/// <summary>The parts of an answer as wholes, put together from the updates of an <see cref="AnswerReader"/>.</summary>
public sealed class AnswerParts
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<(ToolCallBegin Begin, StringBuilder Arguments)> _calls = [];
    private readonly HashSet<int> _complete = [];

    /// <summary>What is said to the user so far.</summary>
    public string Text => _text.ToString();

    /// <summary>What the model thought before it answered.</summary>
    public string Reasoning => _reasoning.ToString();

    /// <summary>The calls so far, in order.</summary>
    public IReadOnlyList<ToolCall> Calls =>
        [.. _calls.Select(call => new ToolCall(call.Begin.Id, call.Begin.Name, call.Arguments.ToString(), _complete.Contains(call.Begin.Index)))];

    /// <summary>Adds updates, in the order in which they came.</summary>
    public void Add(IEnumerable<AnswerUpdate> updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        foreach (AnswerUpdate update in updates)
        {
            switch (update)
            {
                case AnswerText text:
                    _text.Append(text.Text);
                    break;
                case ReasoningText reasoning:
                    _reasoning.Append(reasoning.Text);
                    break;
                case ToolCallBegin begin:
                    _calls.Add((begin, new()));
                    break;
                case ToolCallArguments arguments:
                    _calls[arguments.Index].Arguments.Append(arguments.Text);
                    break;
                case ToolCallEnd end:
                    _complete.Add(end.Index);
                    break;
            }
        }
    }

    /// <summary>
    /// The answer as a message of OpenAI's API, as <see cref="ToolTranscript.Messages"/> takes it: <c>content</c>, null if there is none beside calls,
    /// <c>reasoning_content</c> and <c>tool_calls</c> if there are any. Calls that are not complete are left out: they can be neither run nor shown to the
    /// model again.
    /// </summary>
    public JsonObject ToMessage()
    {
        ToolCall[] calls = [.. Calls.Where(call => call.IsComplete)];
        var message = new JsonObject { ["role"] = ChatMessage.Assistant, ["content"] = _text.Length == 0 && calls.Length > 0 ? null : Text };
        if (_reasoning.Length > 0)
        {
            message["reasoning_content"] = Reasoning;
        }
        if (calls.Length > 0)
        {
            message["tool_calls"] = new JsonArray(
            [
                .. calls.Select(call => new JsonObject
                {
                    ["id"] = call.Id,
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
                }),
            ]);
        }
        return message;
    }
}
