using DecoupleQ.Generation;

namespace DecoupleQ.Serving;

/// <summary>A text that a <see cref="TextService"/> has written.</summary>
/// <param name="Prompt">The prompt's ids, the one included that the model puts before it.</param>
/// <param name="Result">What was written, with its <see cref="GenerationResult.Signals"/>.</param>
public sealed record WrittenText(IReadOnlyList<int> Prompt, GenerationResult Result)
{
    /// <summary>How long the request waited for a place.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>From then to its first token.</summary>
    public TimeSpan ReadTime { get; init; }
}
