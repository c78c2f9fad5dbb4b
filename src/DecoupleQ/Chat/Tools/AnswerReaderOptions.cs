namespace DecoupleQ.Chat.Tools;

/// <summary>What an answer may hold besides text.</summary>
public sealed record AnswerReaderOptions
{
    /// <summary>How calls are written; null (the default) if none are to be read.</summary>
    public ToolFormat? Format { get; init; }

    /// <summary>The tools that may be called: what names another is text. Null (the default) for any.</summary>
    public IReadOnlyList<ChatTool>? Tools { get; init; }

    /// <summary>Whether what stands between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> is told apart and no text like any other. Default true.</summary>
    public bool ReadsReasoning { get; init; } = true;

    /// <summary>
    /// Whether the prompt has opened the reasoning already, which <see cref="OpenReasoning.IsAtEndOf"/> tells. Without effect if
    /// <see cref="ReadsReasoning"/> is false.
    /// </summary>
    public bool ReasoningIsOpen { get; init; }

    /// <summary>
    /// Whether a grammar holds the answer to the form of calls, so that what begins like one becomes one: where the answer is cut before that, what there is of
    /// the call is no text. Default false.
    /// </summary>
    public bool CallsAreHeld { get; init; }

    /// <summary>Makes the ids of calls; null (the default) draws nine letters and digits for each.</summary>
    public Func<string>? NewCallId { get; init; }
}
