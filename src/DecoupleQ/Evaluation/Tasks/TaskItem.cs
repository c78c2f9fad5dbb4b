using System.Text.Json.Nodes;
using DecoupleQ.Evaluation.Metrics;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>A line of a task: a question and what is right.</summary>
public sealed record TaskItem
{
    /// <summary>Its line in the file, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Its <c>id</c>, else the number of its line.</summary>
    public required string Id { get; init; }

    /// <summary>The text that is gone on from; null if it is a conversation.</summary>
    public string? Prompt { get; init; }

    /// <summary>The conversation, as in OpenAI's API; null if it is a text.</summary>
    public JsonArray? Messages { get; init; }

    /// <summary>With <see cref="TaskMetric.Choice"/>: the answers that are given, at least two; else none.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>With <see cref="TaskMetric.Choice"/>: which of <see cref="Choices"/> is right, from 0.</summary>
    public int RightChoice { get; init; }

    /// <summary>Accepted texts, patterns or numbers; with <see cref="TaskMetric.JsonFields"/> the object as JSON.</summary>
    public IReadOnlyList<string> Accepted { get; init; } = [];

    /// <summary>What it belongs to: results are summed up for each.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether a wrong answer to it is worse than others are.</summary>
    public bool IsCritical { get; init; }

    /// <summary>Judges answers to it; null with <see cref="TaskMetric.Choice"/>.</summary>
    internal TextMetric? Judge { get; init; }
}
