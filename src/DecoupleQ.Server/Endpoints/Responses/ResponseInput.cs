using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints.Responses;

/// <summary>The input of a response as messages: texts, calls of tools and their results.</summary>
internal static class ResponseInput
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    /// <summary>The messages.</summary>
    /// <exception cref="ApiException">An item is not what it may be.</exception>
    public static JsonArray Messages(RequestFields fields, string name, string? instructions)
    {
        JsonArray messages = [];
        if (instructions is not null)
        {
            messages.Add((JsonNode)Message("system", instructions));
        }
        switch (fields.Any(name))
        {
            case null:
                throw fields.Missing(name);
            case { ValueKind: JsonValueKind.String } text:
                messages.Add((JsonNode)Message("user", text.GetString()!));
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                foreach ((int index, JsonElement item) in items.EnumerateArray().Index())
                {
                    Add(messages, RequestFields.Of(item, $"{fields.PathOf(name)}[{index}]"));
                }
                break;
            default:
                throw fields.WrongType(name, "a text, or a list of items that is not empty");
        }
        return messages;
    }

    private static void Add(JsonArray messages, RequestFields item)
    {
        string type = item.Text("type") ?? "message";
        // Ids and states are those of the response that an item comes from.
        item.Accept("id", "status");
        switch (type)
        {
            case "message":
                string role = item.RequiredText("role");
                if (!Roles.Contains(role))
                {
                    throw ApiException.Invalid(item.PathOf("role"), $"There is no role '{role}'.", string.Join(", ", Roles));
                }
                messages.Add((JsonNode)Message(role, Content(item)));
                break;
            case "function_call":
                AddCall(messages, item);
                break;
            case "function_call_output":
                bool inParts = item.Any("output") is { ValueKind: JsonValueKind.Array };
                JsonObject result = Message("tool", inParts ? Parts(item, "output") : item.RequiredText("output"));
                result["tool_call_id"] = item.RequiredText("call_id");
                messages.Add((JsonNode)result);
                break;
            case "reasoning":
                // What templates show of earlier reasoning, if anything, is that of messages.
                item.Accept("summary", "content", "encrypted_content");
                break;
            default:
                throw ApiException.Unsupported(item.PathOf("type"), $"Items of type '{type}' are not supported.");
        }
        item.RefuseOthers();
    }

    // Calls of one answer stand in one message, as templates have it.
    private static void AddCall(JsonArray messages, RequestFields item)
    {
        var call = new JsonObject
        {
            ["id"] = item.RequiredText("call_id"),
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = item.RequiredText("name"), ["arguments"] = item.RequiredText("arguments") },
        };
        if (messages is [.., JsonObject last] && (string?)last["role"] == "assistant")
        {
            if (last["tool_calls"] is not JsonArray calls)
            {
                last["tool_calls"] = calls = [];
            }
            calls.Add((JsonNode)call);
            return;
        }
        messages.Add((JsonNode)new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = new JsonArray(call) });
    }

    private static string Content(RequestFields item) => item.Any("content") switch
    {
        null => throw item.Missing("content"),
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } => Parts(item, "content"),
        _ => throw item.WrongType("content", "a text, or a list of parts"),
    };

    private static string Parts(RequestFields item, string name) =>
        string.Join('\n', item.List(name)!.Select((part, index) => Part(RequestFields.Of(part, $"{item.PathOf(name)}[{index}]"))));

    private static string Part(RequestFields part)
    {
        string type = part.RequiredText("type");
        if (type is not ("input_text" or "output_text"))
        {
            throw ApiException.Unsupported(part.PathOf("type"), $"Parts of type '{type}' are not supported (expected: input_text, output_text)");
        }
        string text = part.RequiredText("text");
        part.Accept("annotations", "logprobs");
        part.RefuseOthers();
        return text;
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
