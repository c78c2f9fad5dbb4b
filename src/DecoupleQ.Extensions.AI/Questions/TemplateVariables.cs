using System.Text.Json.Nodes;
using DecoupleQ.Chat.Answers;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Variables of the chat template: those that are named, and how long the model is to reason, where the template has a switch for it.</summary>
internal static class TemplateVariables
{
    private const string Switch = "enable_thinking", Level = "reasoning_effort", EffortField = "Reasoning.Effort";

    /// <summary>Reads them.</summary>
    /// <returns>Null if there are none.</returns>
    /// <exception cref="DecoupleQException">The template has none of that name, or no switch.</exception>
    public static JsonObject? Read(ChatOptions options, ExtraProperties extras, ChatModel chat)
    {
        JsonObject variables = extras.TemplateVariables ?? [];
        if (variables.FirstOrDefault(variable => !chat.Mentions(variable.Key)) is { Key: string unknown })
        {
            throw Refusal.Of(
                ExtraProperties.FieldOf("chat_template_kwargs"), $"The model's chat template has no variable '{unknown}'.", "variables that it mentions");
        }
        if (options.Reasoning?.Effort is ReasoningEffort effort)
        {
            (string name, JsonNode value) = Of(effort, chat);
            if (!variables.TryAdd(name, value))
            {
                throw Refusal.Of(EffortField, $"The variable '{name}' of the template says it already.", "one of them");
            }
        }
        return variables.Count > 0 ? variables : null;
    }

    /// <summary>Whether what the model thinks is part of the answer.</summary>
    /// <exception cref="DecoupleQException">A summary is asked for.</exception>
    public static bool ShowsReasoning(ChatOptions options) => options.Reasoning?.Output switch
    {
        null or ReasoningOutput.Full => true,
        ReasoningOutput.None => false,
        _ => throw Refusal.Of("Reasoning.Output", "There are no summaries of what a model thinks.", "Full, None or null"),
    };

    private static (string Name, JsonNode Value) Of(ReasoningEffort effort, ChatModel chat) => effort switch
    {
        not ReasoningEffort.None when chat.Mentions(Level) => (Level, JsonValue.Create(effort switch
        {
            ReasoningEffort.Low => "low",
            ReasoningEffort.Medium => "medium",
            // The highest that templates know.
            _ => "high",
        })),
        _ when chat.Mentions(Switch) => (Switch, JsonValue.Create(effort != ReasoningEffort.None)),
        _ => throw Refusal.Of(
            EffortField, $"The model's chat template has no setting for {effort}.", $"null, or a template with {Switch} or {Level}"),
    };
}
