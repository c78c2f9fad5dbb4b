using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Messages of a request: which fields they have. What is in them is looked at where they are brought into the template's form.</summary>
internal static class ChatMessages
{
    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    /// <summary>A message.</summary>
    /// <exception cref="ApiException">A field is not what it may be.</exception>
    public static JsonNode Read(RequestFields fields)
    {
        string role = fields.RequiredText("role");
        if (!Roles.Contains(role))
        {
            throw ApiException.Invalid(fields.PathOf("role"), $"There is no role '{role}'.", string.Join(", ", Roles));
        }
        var message = new JsonObject { ["role"] = role };
        JsonElement? calls = fields.Any("tool_calls");
        message["content"] = fields.Any("content") is JsonElement content ? Node(content)
            : role == "assistant" ? null
            : throw fields.Missing("content");
        if (calls is JsonElement made)
        {
            message["tool_calls"] = Node(made);
        }
        foreach (string name in (string[])["name", "reasoning_content", "tool_call_id"])
        {
            if (fields.Text(name) is string text)
            {
                message[name] = text;
            }
        }
        fields.Refuse("audio", "Messages are text.");
        fields.Refuse("function_call", "It was replaced by tool_calls.");
        fields.Refuse("refusal", "Models here do not refuse in a field of its own.");
        // What an answer was given back with.
        fields.Accept("annotations");
        fields.RefuseOthers();
        return message;
    }

    private static JsonNode? Node(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => JsonArray.Create(element),
        JsonValueKind.Object => JsonObject.Create(element),
        _ => JsonValue.Create(element),
    };
}
