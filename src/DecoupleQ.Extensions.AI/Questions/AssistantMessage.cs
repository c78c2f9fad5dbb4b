using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Earlier answers of the model: text, reasoning and calls.</summary>
internal static class AssistantMessage
{
    /// <summary>Brings one into the form of OpenAI's API.</summary>
    /// <exception cref="DecoupleQException">It holds what no answer does.</exception>
    public static JsonObject Read(ChatMessage message, string place)
    {
        ContentText text = new(place), reasoning = new(place);
        var calls = new JsonArray();
        for (int i = 0; i < message.Contents.Count; i++)
        {
            switch (message.Contents[i])
            {
                case TextReasoningContent thought:
                    reasoning.Add(new TextContent(thought.Text), i);
                    break;
                case FunctionCallContent call:
                    calls.Add((JsonNode)Call(call, $"{place}.Contents[{i}]"));
                    break;
                case AIContent other:
                    text.Add(other, i);
                    break;
                default:
                    throw ContentText.Refused(null, place, i);
            }
        }
        string said = text.ToString(), thoughts = reasoning.ToString();
        var read = new JsonObject { ["role"] = Chat.ChatMessage.Assistant, ["content"] = said.Length == 0 && calls.Count > 0 ? null : said };
        if (thoughts.Length > 0)
        {
            read["reasoning_content"] = thoughts;
        }
        if (calls.Count > 0)
        {
            read["tool_calls"] = calls;
        }
        return read;
    }

    private static JsonObject Call(FunctionCallContent call, string place)
    {
        if (call.Exception is Exception error)
        {
            throw new DecoupleQException(
                $"The call of '{call.Name}' has no arguments: {error.Message}", field: $"{place}.Arguments", expected: "arguments that were understood",
                inner: error);
        }
        JsonNode arguments = call.Arguments is null ? new JsonObject() : OptionValues.Object(call.Arguments, $"{place}.Arguments");
        return new JsonObject
        {
            ["id"] = call.CallId,
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = arguments },
        };
    }
}
