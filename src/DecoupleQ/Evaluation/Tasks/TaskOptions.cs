using DecoupleQ.Chat;
using DecoupleQ.Generation;
using DecoupleQ.Tensors;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>How a model is asked.</summary>
public sealed record TaskOptions
{
    /// <summary>The most tokens of an answer, at least 1; without effect with <see cref="TaskMetric.Choice"/>. Default 128.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Texts that end an answer and are no part of it, as <see cref="GenerationOptions.Stop"/>.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>How keys and values are kept. Default <see cref="KeyValueFormat.F32"/>, so that figures of models are of their weights alone.</summary>
    public KeyValueFormat KeyValues { get; init; } = KeyValueFormat.F32;

    /// <summary>The chat template for conversations; null for the model's own.</summary>
    public ChatTemplate? ChatTemplate { get; init; }

    /// <summary>Variables and the clock of that template; the beginning of the answer is always added, and there are no tools.</summary>
    public ChatTemplateOptions Template { get; init; } = new();
}

/// <summary>How far a task is.</summary>
/// <param name="Items">Questions answered.</param>
/// <param name="TotalItems">Questions in all.</param>
/// <param name="Right">Of those that were answered, right ones.</param>
public readonly record struct TaskProgress(int Items, int TotalItems, int Right);
