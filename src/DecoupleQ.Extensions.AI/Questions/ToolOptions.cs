using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Which tools there are, and whether they are called.</summary>
internal static class ToolOptions
{
    /// <summary>The tools.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="strict">Whether arguments are those that a schema names and no others, where a tool does not say so itself.</param>
    /// <exception cref="DecoupleQException">One is no function.</exception>
    public static IReadOnlyList<ChatTool> Tools(ChatOptions options, bool strict) =>
        [.. (options.Tools ?? []).Select((tool, index) => Tool(tool, index, strict))];

    /// <summary>Whether they are called.</summary>
    /// <param name="options">What is asked for.</param>
    /// <exception cref="DecoupleQException">There is no tool to be called.</exception>
    public static ToolChoice Choice(ChatOptions options)
    {
        string[] names = [.. (options.Tools ?? []).Select(tool => tool.Name)];
        return options.ToolMode switch
        {
            null or AutoChatToolMode => ToolChoice.Auto,
            NoneChatToolMode => ToolChoice.None,
            RequiredChatToolMode when names.Length == 0 => throw Refusal.Of(nameof(options.ToolMode), "There are no tools.", "tools beside it"),
            RequiredChatToolMode { RequiredFunctionName: null } => ToolChoice.Required,
            RequiredChatToolMode { RequiredFunctionName: string name } => names.Contains(name)
                ? ToolChoice.Named(name)
                : throw Refusal.Of(nameof(options.ToolMode), $"There is no tool '{name}'.", string.Join(", ", names)),
            ChatToolMode other => throw Refusal.Of(
                nameof(options.ToolMode), $"The mode {other.GetType().Name} is not known.", "None, Auto or one that requires"),
        };
    }

    private static ChatTool Tool(AITool? tool, int index, bool strict)
    {
        string field = $"Tools[{index}]";
        if (tool is not AIFunctionDeclaration function)
        {
            throw Refusal.Of(field, $"'{tool?.Name}' is no function but a {tool?.GetType().Name}.", "functions");
        }
        if (string.IsNullOrEmpty(function.Name))
        {
            throw Refusal.Of(field, "The function has no name.", "a name");
        }
        // Other keys of a tool are the application's own.
        if (function.AdditionalProperties.TryGetValue(ExtraProperties.StrictKey, out object? own) && own is not null)
        {
            strict = OptionValues.Flag(own, $"{field}.{ExtraProperties.FieldOf(ExtraProperties.StrictKey)}");
        }
        JsonElement schema = StrictSchemas.Of(function.JsonSchema, strict);
        return new ChatTool(function.Name, function.Description, schema.ValueKind switch
        {
            JsonValueKind.Object => JsonObject.Create(schema),
            JsonValueKind.Undefined or JsonValueKind.True => null,
            _ => throw Refusal.Of(field, $"The schema of '{function.Name}' is no object.", "a JSON schema of an object"),
        });
    }
}
