using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Messages of a request, as templates take them.</summary>
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
        // Instructions by their newer name; templates know the older one.
        var message = new JsonObject { ["role"] = role == "developer" ? "system" : role };
        message["content"] = Content(fields) ?? (role == "assistant" ? "" : throw fields.Missing("content"));
        if (fields.Text("name") is string name)
        {
            message["name"] = name;
        }
        if (fields.Text("reasoning_content") is string reasoning)
        {
            message["reasoning_content"] = reasoning;
        }
        fields.Refuse("audio", "Messages are text.");
        fields.Refuse("function_call", "It was replaced by tool_calls.");
        // What an answer was given back with.
        fields.Accept("refusal", "annotations");
        fields.RefuseOthers();
        return message;
    }

    private static string? Content(RequestFields fields)
    {
        const string Name = "content";
        switch (fields.Any(Name))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString();
            case { ValueKind: JsonValueKind.Array } parts:
                return string.Concat(parts.EnumerateArray().Select((part, index) => Part(RequestFields.Of(part, $"{fields.PathOf(Name)}[{index}]"))));
            default:
                throw fields.WrongType(Name, "a string, or an array of parts of type text");
        }
    }

    private static string Part(RequestFields part)
    {
        string type = part.RequiredText("type");
        if (type is not ("text" or "refusal"))
        {
            throw ApiException.Unsupported(part.PathOf("type"), $"Parts of type '{type}' are not supported (expected: text).");
        }
        string text = part.RequiredText(type);
        part.RefuseOthers();
        return text;
    }
}
