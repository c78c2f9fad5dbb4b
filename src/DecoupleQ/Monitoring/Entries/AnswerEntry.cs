namespace DecoupleQ.Monitoring.Entries;

/// <summary>An answer, and what can be told of it without knowing a right one (<see cref="Generation.AnswerSignals"/>).</summary>
public sealed record AnswerEntry : MonitorEntry
{
    /// <summary>The answer's own id; a <see cref="ComparisonEntry"/> of the same answer has it too.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked for: <c>/v1/chat/completions</c>.</summary>
    public required string Route { get; init; }

    /// <summary>Which of the answers to its request, from 0.</summary>
    public int Choice { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Characters (UTF-16) of the prompt a token of it: what the vocabulary was not made for takes more tokens.</summary>
    public required double CharactersPerToken { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int Tokens { get; init; }

    /// <summary>Whether it was cut: by the limit of tokens, or by the end of the model's context.</summary>
    public bool Truncated { get; init; }

    /// <summary>Whether it has no visible character.</summary>
    public bool Empty { get; init; }

    /// <summary>The tokens' mean log-probability in nats.</summary>
    public required double LogProbability { get; init; }

    /// <summary>The mean entropy of the distributions that they were chosen from, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>The share of runs of four tokens that occur earlier in the answer.</summary>
    public required double Repetition { get; init; }

    /// <summary>The share of tokens where a grammar did not allow the model's most probable one.</summary>
    public double Overruled { get; init; }

    /// <summary>Milliseconds that the request waited for a place.</summary>
    public required double QueueMs { get; init; }

    /// <summary>Milliseconds from its arrival in the queue to its first token.</summary>
    public required double FirstTokenMs { get; init; }

    /// <summary>Tokens a second after the first; 0 if there was no other.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The prompt's text, if content is logged.</summary>
    public string? Prompt { get; init; }

    /// <summary>The answer's text, if content is logged.</summary>
    public string? Answer { get; init; }
}
