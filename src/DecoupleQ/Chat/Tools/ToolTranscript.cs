using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// Brings the messages of a request, as OpenAI's API has them, into the form that a template takes them in: calls and their results, contents in parts, roles.
/// </summary>
public sealed class ToolTranscript
{
    private const string Developer = "developer";
    private const string Tool = "tool";

    private readonly ChatTemplate _template;
    private readonly CallRendering? _calls;
    private readonly CallForm _form;

    /// <summary>Finds out what a template expects, by having it render some conversations.</summary>
    /// <param name="template">
    /// The template. If it fails at tools as such, it counts as one that does not show them; <see cref="ToolFormat.Of"/> says why.
    /// </param>
    public ToolTranscript(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        _template = template;
        try
        {
            _calls = CallRendering.Of(template);
        }
        catch (DecoupleQException)
        {
            // Conversations without tools need none of it.
        }
        _form = _calls?.Form ?? default;
    }

    /// <summary>Whether the template shows tools to the model.</summary>
    public bool ShowsTools => _calls is not null;

    /// <summary>Whether the template takes several calls in one answer: that of Llama 3 refuses them, so that its model should be let make one only.</summary>
    public bool TakesSeveralCalls => _calls?.TakesSeveral == true;

    /// <summary>The messages as the template takes them, for <see cref="ChatTemplate.RenderJson"/>.</summary>
    /// <param name="messages">
    /// The messages: objects with a <c>role</c>, a <c>content</c> that is a text, a list of parts with texts (line feeds come between them) or, beside
    /// <c>tool_calls</c>, null; <c>tool_calls</c>, whose arguments are JSON text or objects; <c>tool_call_id</c> of messages with the role <c>tool</c>, which
    /// get the name of the called tool. Other fields stay as they are. They are not changed.
    /// </param>
    /// <param name="name">What errors call the messages.</param>
    /// <exception cref="DecoupleQException">
    /// A message is none of these: the error names the field. Parts that are no texts, <c>function_call</c>, <c>refusal</c> and <c>audio</c> are refused.
    /// </exception>
    public JsonArray Messages(JsonArray messages, string name = "messages")
    {
        ArgumentNullException.ThrowIfNull(messages);
        var called = new Dictionary<string, string>(StringComparer.Ordinal);
        var converted = new JsonArray();
        for (int i = 0; i < messages.Count; i++)
        {
            converted.Add((JsonNode)Message(messages[i], $"{name}[{i}]", called));
        }
        return converted;
    }

    private JsonObject Message(JsonNode? node, string place, Dictionary<string, string> called)
    {
        JsonObject message = node as JsonObject ?? throw new DecoupleQException("The message is no object.", field: place, expected: "an object with a role");
        foreach (string dropped in (string[])["function_call", "refusal", "audio"])
        {
            if (message[dropped] is not null)
            {
                throw new DecoupleQException("The field is not supported.", field: $"{place}.{dropped}", expected: "none, or null");
            }
        }
        string role = Text(message["role"], $"{place}.role");
        bool calls = message["tool_calls"] is JsonArray { Count: > 0 };
        if (message["tool_calls"] is not (null or JsonArray))
        {
            throw new DecoupleQException("This is no list.", field: $"{place}.tool_calls", expected: "a list of calls, or null");
        }
        if (calls && role != ChatMessage.Assistant)
        {
            throw new DecoupleQException(
                $"A message of the role '{role}' calls no tools.", field: $"{place}.tool_calls", expected: "none, or the role 'assistant'");
        }
        var converted = new JsonObject
        {
            ["role"] = role == Developer && !_template.Mentions(Developer) ? ChatMessage.System : role,
            ["content"] = Content(message["content"], place, role, calls),
        };
        if (calls)
        {
            converted["tool_calls"] = Calls((JsonArray)message["tool_calls"]!, $"{place}.tool_calls", called);
        }
        foreach ((string key, JsonNode? value) in message)
        {
            // Templates ask whether a message has calls by whether it has the field.
            if (key is not ("role" or "content" or "tool_calls" or "function_call" or "refusal" or "audio"))
            {
                converted[key] = value?.DeepClone();
            }
        }
        if (role == Tool)
        {
            AddCall(converted, place, called);
        }
        return converted;
    }

    private JsonNode? Content(JsonNode? content, string place, string role, bool calls)
    {
        switch (content)
        {
            case null when calls:
                return _form.NoContent();
            case null when role == ChatMessage.Assistant:
                return "";
            case JsonArray parts:
                var text = new StringBuilder();
                for (int i = 0; i < parts.Count; i++)
                {
                    text.Append(i > 0 ? "\n" : "").Append(Part(parts[i], $"{place}.content[{i}]"));
                }
                return text.Length == 0 && calls ? _form.NoContent() : text.ToString();
            default:
                string whole = Text(content, $"{place}.content");
                return whole.Length == 0 && calls ? _form.NoContent() : whole;
        }
    }

    private static string Part(JsonNode? part, string place)
    {
        string type = Text((part as JsonObject)?["type"], $"{place}.type");
        return type == "text"
            ? Text(part!["text"], $"{place}.text")
            : throw new DecoupleQException($"Parts of the type '{type}' are not supported.", field: $"{place}.type", expected: "text");
    }

    private JsonArray Calls(JsonArray calls, string place, Dictionary<string, string> called)
    {
        var converted = new JsonArray();
        for (int i = 0; i < calls.Count; i++)
        {
            string at = $"{place}[{i}]";
            var call = calls[i] as JsonObject;
            if (call?["type"] is JsonNode type && Text(type, $"{at}.type") != "function")
            {
                throw new DecoupleQException("Only functions can be called.", field: $"{at}.type", expected: "function");
            }
            var function = call?["function"] as JsonObject;
            string name = Text(function?["name"], $"{at}.function.name");
            string id = Text(call!["id"], $"{at}.id");
            (JsonObject arguments, string? text) = Arguments(function!["arguments"], $"{at}.function.arguments");
            called[id] = name;
            converted.Add((JsonNode)_form.Call(Id(id), name, arguments, text));
        }
        return converted;
    }

    private static (JsonObject Arguments, string? Text) Arguments(JsonNode? arguments, string place)
    {
        if (arguments is JsonObject given)
        {
            return ((JsonObject)given.DeepClone(), null);
        }
        string text = Text(arguments, place);
        if (text.AsSpan().Trim() is "" or "null")
        {
            // What clients write for a function without parameters, and for a call whose arguments were cut.
            return ([], "{}");
        }
        try
        {
            if (JsonFile.ParseAny(Encoding.UTF8.GetBytes(text), place) is { ValueKind: JsonValueKind.Object } parsed)
            {
                return (JsonObject.Create(parsed)!, text);
            }
        }
        catch (DecoupleQException error)
        {
            throw new DecoupleQException("The arguments are no JSON.", field: place, expected: "the JSON text of an object", inner: error);
        }
        throw new DecoupleQException("The arguments are no object.", field: place, expected: "the JSON text of an object");
    }

    /// <summary>Gives the result of a call the name of what was called, and the id in the form that the call has it in.</summary>
    private void AddCall(JsonObject message, string place, Dictionary<string, string> called)
    {
        string id = Text(message["tool_call_id"], $"{place}.tool_call_id");
        if (!called.TryGetValue(id, out string? name))
        {
            throw new DecoupleQException(
                $"No call before has the id '{id}'.", field: $"{place}.tool_call_id", expected: "the id of a call in an earlier message");
        }
        message["tool_call_id"] = Id(id);
        message["name"] ??= name;
    }

    private string Id(string id) => _calls?.TakesAnyId == false ? CallIds.For(id) : id;

    private static string Text(JsonNode? node, string place) => node is JsonValue value && value.TryGetValue(out string? text)
        ? text
        : throw new DecoupleQException(node is null ? "The field is missing." : "This is no text.", field: place, expected: "a text");
}
