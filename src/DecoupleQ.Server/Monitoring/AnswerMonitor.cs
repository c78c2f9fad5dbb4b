using DecoupleQ.Generation;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Watches one model's answers: their signals go to the metrics and the monitor log, and to whoever compares them with something.</summary>
/// <param name="served">The model.</param>
/// <param name="metrics">The metrics.</param>
/// <param name="log">The monitor log; null for none.</param>
/// <param name="keepsContent">Whether texts are written there too.</param>
internal sealed class AnswerMonitor(ServedModel served, ServerMetrics metrics, MonitorLog? log, bool keepsContent)
{
    /// <summary>Told of each answer.</summary>
    public event Action<AnswerEntry, WrittenText>? Answered;

    /// <summary>Takes an answer.</summary>
    /// <param name="route">What was asked for.</param>
    /// <param name="choice">Which of the answers to its request.</param>
    /// <param name="text">The answer.</param>
    public void Add(string route, int choice, WrittenText text)
    {
        GenerationResult result = text.Result;
        if (result.Signals is not AnswerSignals signals)
        {
            return;
        }
        string prompt = served.Model.Tokenizer.DecodeWithSpecialTokens([.. text.Prompt]);
        var entry = new AnswerEntry
        {
            Time = DateTimeOffset.UtcNow,
            Model = served.Name,
            Id = Identity.New("ans-"),
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
        metrics.Add(entry);
        log?.Add(entry);
        Answered?.Invoke(entry, text);
    }
}
