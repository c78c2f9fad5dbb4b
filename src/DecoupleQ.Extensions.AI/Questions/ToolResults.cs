using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>What calls gave back. A message may hold several results; for the model each is one of its own.</summary>
internal static class ToolResults
{
    // As models have read JSON: on one line, characters as they are.
    private static readonly JsonSerializerOptions ForModels =
        new(AIJsonUtilities.DefaultOptions) { WriteIndented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Brings a message of results into the form of OpenAI's API.</summary>
    /// <exception cref="DecoupleQException">It holds something else.</exception>
    public static IEnumerable<JsonObject> Read(ChatMessage message, string place)
    {
        if (message.Contents.Count == 0)
        {
            throw Refusal.Of(place, "The message holds no result.", "results of calls");
        }
        for (int i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is not FunctionResultContent result)
            {
                throw ContentText.Refused(message.Contents[i], place, i);
            }
            yield return new JsonObject
            {
                ["role"] = "tool",
                ["tool_call_id"] = result.CallId,
                ["content"] = Text(result, $"{place}.Contents[{i}].Result"),
            };
        }
    }

    // Texts as they are, without quotes; anything else as JSON.
    private static string Text(FunctionResultContent result, string place)
    {
        switch (result.Result)
        {
            case null:
                return result.Exception is Exception error ? $"Error: {error.Message}" : "";
            case string text:
                return text;
            case JsonElement { ValueKind: JsonValueKind.String } text:
                return text.GetString()!;
            case AIContent content:
                return Joined([content], place);
            case IEnumerable<AIContent> contents:
                return Joined([.. contents], place);
            case object value:
                return OptionValues.Json(value, place)?.ToJsonString(ForModels) ?? "null";
        }
    }

    private static string Joined(AIContent[] contents, string place)
    {
        var text = new ContentText(place);
        for (int i = 0; i < contents.Length; i++)
        {
            text.Add(contents[i], i);
        }
        return text.ToString();
    }
}
