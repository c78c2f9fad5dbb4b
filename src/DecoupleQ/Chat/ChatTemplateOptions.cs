using System.Text.Json.Nodes;

namespace DecoupleQ.Chat;

/// <summary>What a chat template is given besides the messages.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>Whether the text ends with the beginning of the assistant's answer (<c>add_generation_prompt</c>). Default true.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>The tools that the model may call, as JSON schemas (<c>tools</c>); null for none.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>Variables of the template by name, such as <c>enable_thinking</c>; null for none. They hide what the template is given otherwise.</summary>
    public JsonObject? Variables { get; init; }

    /// <summary>The clock behind <c>strftime_now</c>, which some templates write the date with. Default: the system's, in local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
