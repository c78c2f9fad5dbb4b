using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Fields that say which tools there are, and whether they are called.</summary>
internal static partial class ToolFields
{
    private const string ToolsField = "tools", ChoiceField = "tool_choice", Function = "function";
    private const int MostTools = 128;

    /// <summary>The tools of a request; none if it has no such field.</summary>
    public static IReadOnlyList<ChatTool> Tools(RequestFields fields) => Read(fields, tool =>
    {
        ChatTool described = Described(tool.Section(Function) ?? throw tool.Missing(Function));
        tool.RefuseOthers();
        return described;
    });

    /// <summary>The tools of a response, whose functions are not in an object of their own.</summary>
    public static IReadOnlyList<ChatTool> FlatTools(RequestFields fields) => Read(fields, Described);

    /// <summary>Whether they are called.</summary>
    public static ToolChoice Choice(RequestFields fields)
    {
        const string Expected = "auto, none, required, or {\"type\": \"function\", \"function\": {\"name\": ..}}";
        switch (fields.Any(ChoiceField))
        {
            case null:
                return ToolChoice.Auto;
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString() switch
                {
                    "auto" => ToolChoice.Auto,
                    "none" => ToolChoice.None,
                    "required" => ToolChoice.Required,
                    string other => throw ApiException.Invalid(fields.PathOf(ChoiceField), $"The value is '{other}'.", Expected),
                    null => ToolChoice.Auto,
                };
            case { ValueKind: JsonValueKind.Object } given:
                RequestFields choice = RequestFields.Of(given, fields.PathOf(ChoiceField));
                RequireFunction(choice);
                RequestFields function = choice.Section(Function) ?? throw choice.Missing(Function);
                string name = function.RequiredText("name");
                function.RefuseOthers();
                choice.RefuseOthers();
                return ToolChoice.Named(name);
            default:
                throw fields.WrongType(ChoiceField, Expected);
        }
    }

    /// <summary>Whether they are called, as a response has it.</summary>
    public static ToolChoice FlatChoice(RequestFields fields)
    {
        if (fields.Any(ChoiceField) is not { ValueKind: JsonValueKind.Object } given)
        {
            return Choice(fields);
        }
        RequestFields choice = RequestFields.Of(given, fields.PathOf(ChoiceField));
        RequireFunction(choice);
        string name = choice.RequiredText("name");
        choice.RefuseOthers();
        return ToolChoice.Named(name);
    }

    private static ChatTool[] Read(RequestFields fields, Func<RequestFields, ChatTool> read)
    {
        IReadOnlyList<JsonElement> tools = fields.List(ToolsField) ?? [];
        if (tools.Count > MostTools)
        {
            throw ApiException.Invalid(fields.PathOf(ToolsField), $"There are {tools.Count}.", $"at most {MostTools}");
        }
        return [.. tools.Select((element, index) =>
        {
            RequestFields tool = RequestFields.Of(element, $"{fields.PathOf(ToolsField)}[{index}]");
            RequireFunction(tool);
            return read(tool);
        })];
    }

    private static ChatTool Described(RequestFields function)
    {
        string name = function.RequiredText("name");
        if (!ToolName().IsMatch(name))
        {
            throw ApiException.Invalid(function.PathOf("name"), $"'{name}' is no name of a function.", "1 to 64 letters, digits, - or _");
        }
        string? description = function.Text("description");
        JsonObject? parameters = function.Any("parameters") switch
        {
            null => null,
            { ValueKind: JsonValueKind.Object } schema => JsonObject.Create(schema),
            _ => throw function.WrongType("parameters", "a JSON schema of an object"),
        };
        // Arguments satisfy the schema in any case.
        function.Flag("strict");
        function.RefuseOthers();
        return new ChatTool(name, description, parameters);
    }

    private static void RequireFunction(RequestFields fields)
    {
        string type = fields.RequiredText("type");
        if (type != Function)
        {
            throw ApiException.Unsupported(fields.PathOf("type"), $"'{type}' is not supported (expected: {Function})");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex ToolName();
}
