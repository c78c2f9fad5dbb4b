using System.Text.Json.Nodes;

namespace DecoupleQ.Chat;

/// <summary>A message of a conversation.</summary>
/// <param name="Role">Who says it: <see cref="System"/>, <see cref="User"/>, <see cref="Assistant"/>, or another role that the model's template knows.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The role of instructions that stand before the conversation.</summary>
    public const string System = "system";

    /// <summary>The role of whoever talks to the model.</summary>
    public const string User = "user";

    /// <summary>The role of the model.</summary>
    public const string Assistant = "assistant";

    /// <summary>More fields that the template may read, such as <c>tool_calls</c> or <c>reasoning_content</c>; null for none.</summary>
    public JsonObject? MoreFields { get; init; }
}
