using System.Text.Json.Nodes;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Grammars;

namespace DecoupleQ.Chat.Answers;

/// <summary>What a model is asked: a conversation, and how it is to be answered.</summary>
public sealed record ChatQuestion
{
    /// <summary>The conversation as in OpenAI's API: what <see cref="ToolTranscript.Messages"/> takes.</summary>
    public required JsonArray Messages { get; init; }

    /// <summary>The tools that the model may call; none by default.</summary>
    public IReadOnlyList<ChatTool> Tools { get; init; } = [];

    /// <summary>Whether it does. Default as it likes; without effect where there are no tools.</summary>
    public ToolChoice ToolChoice { get; init; }

    /// <summary>Whether it may call several at once. Default true; no template is given more than it takes.</summary>
    public bool ParallelToolCalls { get; init; } = true;

    /// <summary>What an answer that calls no tool is held to; null for any text.</summary>
    public Grammar? Format { get; init; }

    /// <summary>Variables of the template, such as <c>enable_thinking</c>; null for none.</summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>The clock behind the date that some templates write. Default: the system's, in local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Sampling and limits. A constraint of its own goes with neither tools nor a format.</summary>
    public GenerationOptions Options { get; init; } = new();
}
