using DecoupleQ.Generation;
using DecoupleQ.Serving;

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

    /// <summary>The entry of a text that was written now.</summary>
    /// <param name="text">The text.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="prompt">The prompt's text, special tokens included; decoded once for all answers to it.</param>
    /// <param name="route">What was asked for.</param>
    /// <param name="choice">Which of the answers to its request.</param>
    /// <param name="keepsContent">Whether prompt and answer are part of it.</param>
    /// <exception cref="ArgumentException">The text has no signals.</exception>
    public static AnswerEntry Of(WrittenText text, string model, string prompt, string route, int choice = 0, bool keepsContent = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(prompt);
        GenerationResult result = text.Result;
        AnswerSignals signals = result.Signals ?? throw new ArgumentException("The text has no signals.", nameof(text));
        return new AnswerEntry
        {
            Time = DateTimeOffset.UtcNow,
            Model = model,
            Id = $"ans-{Guid.NewGuid():N}",
            Route = route,
            Choice = choice,
            PromptTokens = text.Prompt.Count,
            CharactersPerToken = (double)prompt.Length / text.Prompt.Count,
            Tokens = signals.Tokens,
            Truncated = result.FinishReason is FinishReason.MaxTokens or FinishReason.ContextFull,
            Empty = string.IsNullOrWhiteSpace(result.Text),
            LogProbability = signals.LogProbability,
            Entropy = signals.Entropy,
            Repetition = signals.Repetition,
            Overruled = signals.Overruled,
            QueueMs = text.QueueTime.TotalMilliseconds,
            FirstTokenMs = (text.QueueTime + text.ReadTime).TotalMilliseconds,
            TokensPerSecond = result.DecodeTokensPerSecond,
            Prompt = keepsContent ? prompt : null,
            Answer = keepsContent ? result.Text : null,
        };
    }
}
