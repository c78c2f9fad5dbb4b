using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Models;
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
    /// <param name="prompts">Texts of the request's prompts.</param>
    public void Add(string route, int choice, WrittenText text, PromptTexts prompts)
    {
        string prompt = prompts.Of(text.Prompt, ids => served.Model.Tokenizer.DecodeWithSpecialTokens([.. ids]));
        AnswerEntry entry = AnswerEntry.Of(text, served.Name, prompt, route, choice, keepsContent);
        metrics.Add(entry);
        log?.Add(entry);
        Answered?.Invoke(entry, text);
    }
}
