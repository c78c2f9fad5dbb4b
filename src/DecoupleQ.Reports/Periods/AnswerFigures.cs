using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>Figures of any number of answers. Means of what is written count answers with a token alone.</summary>
public sealed class AnswerFigures
{
    private const double Second = 1000;

    private long _truncated, _empty;

    /// <summary>Answers.</summary>
    public long Answers { get; private set; }

    /// <summary>Their tokens.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens of their prompts.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>The share of answers that were cut, from 0 to 1.</summary>
    public double Truncated => (double)_truncated / Answers;

    /// <summary>The share of answers without a visible character, from 0 to 1.</summary>
    public double Empty => (double)_empty / Answers;

    /// <summary>Mean log-probability of tokens, nats, an answer counting as one.</summary>
    public RunningMean LogProbability { get; } = new();

    /// <summary>The same of each answer, negated.</summary>
    public QuantileSketch NegatedLogProbabilities { get; } = new();

    /// <summary>Mean entropy, nats, an answer counting as one.</summary>
    public RunningMean Entropy { get; } = new();

    /// <summary>Mean entropy of each answer.</summary>
    public QuantileSketch Entropies { get; } = new();

    /// <summary>Repetition, from 0 to 1.</summary>
    public RunningMean Repetition { get; } = new();

    /// <summary>The share of tokens where a grammar overruled the model.</summary>
    public RunningMean Overruled { get; } = new();

    /// <summary>Seconds to the first token.</summary>
    public QuantileSketch FirstToken { get; } = new();

    /// <summary>Seconds in the queue.</summary>
    public QuantileSketch Queue { get; } = new();

    /// <summary>Tokens a second after the first, of answers with more than one.</summary>
    public QuantileSketch TokensPerSecond { get; } = new();

    internal void Add(AnswerEntry answer)
    {
        Answers++;
        Tokens += answer.Tokens;
        PromptTokens += answer.PromptTokens;
        _truncated += answer.Truncated ? 1 : 0;
        _empty += answer.Empty ? 1 : 0;
        Queue.Add(answer.QueueMs / Second);
        if (answer.Tokens > 0)
        {
            LogProbability.Add(answer.LogProbability);
            NegatedLogProbabilities.Add(-answer.LogProbability);
            Entropy.Add(answer.Entropy);
            Entropies.Add(answer.Entropy);
            Repetition.Add(answer.Repetition);
            Overruled.Add(answer.Overruled);
            FirstToken.Add(answer.FirstTokenMs / Second);
        }
        if (answer.TokensPerSecond > 0)
        {
            TokensPerSecond.Add(answer.TokensPerSecond);
        }
    }

    internal void Add(AnswerFigures other)
    {
        Answers += other.Answers;
        Tokens += other.Tokens;
        PromptTokens += other.PromptTokens;
        _truncated += other._truncated;
        _empty += other._empty;
        LogProbability.Add(other.LogProbability);
        NegatedLogProbabilities.Add(other.NegatedLogProbabilities);
        Entropy.Add(other.Entropy);
        Entropies.Add(other.Entropies);
        Repetition.Add(other.Repetition);
        Overruled.Add(other.Overruled);
        FirstToken.Add(other.FirstToken);
        Queue.Add(other.Queue);
        TokensPerSecond.Add(other.TokensPerSecond);
    }
}
