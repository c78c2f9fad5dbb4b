using System.Text.Json.Nodes;

namespace DecoupleQ.Chat.Tools;

/// <summary>A function that a model may call.</summary>
/// <param name="Name">Its name: what a call names.</param>
/// <param name="Description">What it is for, as the model is told; null for nothing.</param>
/// <param name="Parameters">The JSON schema of its arguments, an object's; null for a function without any.</param>
public sealed record ChatTool(string Name, string? Description, JsonObject? Parameters)
{
    /// <summary>The tool as OpenAI's API has it and templates expect it: <c>{"type": "function", "function": {...}}</c>, a new object each time.</summary>
    public JsonObject ToJson()
    {
        // Published templates read all three without asking whether they are there.
        var function = new JsonObject
        {
            ["name"] = Name,
            ["description"] = Description ?? "",
            ["parameters"] = Parameters?.DeepClone() ?? new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() },
        };
        return new JsonObject { ["type"] = "function", ["function"] = function };
    }

    /// <summary>The tools as <see cref="ChatTemplateOptions.Tools"/> takes them.</summary>
    public static JsonArray ToJson(IEnumerable<ChatTool> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        return [.. tools.Select(tool => (JsonNode)tool.ToJson())];
    }
}
