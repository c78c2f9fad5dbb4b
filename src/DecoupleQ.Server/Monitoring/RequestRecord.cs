using System.Diagnostics;
using System.Text;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Monitoring;

/// <summary>What is noted of a request while it is served. Safe for any number of threads.</summary>
/// <param name="route">What was asked for.</param>
/// <param name="keepsContent">Whether prompts and answers are noted too.</param>
/// <param name="live">Counts tokens as they are written.</param>
/// <param name="watches">Told of each answer.</param>
internal sealed class RequestRecord(string route, bool keepsContent, LiveCounts live, Watches watches)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<int, StringBuilder> _answers = [];
    private readonly Watches _watches = watches;
    private readonly PromptTexts _prompts = new();
    private int _prompt, _written, _cached, _reasoning;
    private long _queued, _started, _first, _last;
    private string? _promptText;

    /// <summary>What was asked for.</summary>
    public string Route { get; } = route;

    /// <summary>The model that answers; null if the request came to none.</summary>
    public ServedModel? Model { get; private set; }

    /// <summary>Whether the canary's share decided which one that is.</summary>
    public bool IsShared { get; private set; }

    /// <summary>Why it failed, if by no fault of the request's: with a status of the 500s, or in the middle of its answer; null if it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Tokens of all prompts.</summary>
    public int PromptTokens => Volatile.Read(ref _prompt);

    /// <summary>Of them, those that were read for an earlier request.</summary>
    public int CachedTokens => Volatile.Read(ref _cached);

    /// <summary>Tokens that were written.</summary>
    public int WrittenTokens => Volatile.Read(ref _written);

    /// <summary>How long it has taken.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>How long its first text waited; null if it did not come to its turn.</summary>
    public TimeSpan? QueueTime => Between(_queued, _started);

    /// <summary>How long it took to its first token; null if there was none.</summary>
    public TimeSpan? TimeToFirstToken => Between(_start, _first);

    /// <summary>The time between two tokens, in the mean; null if there were no two. Texts that are written together count as one.</summary>
    public TimeSpan? TimePerToken => WrittenTokens > 1 && Between(_first, _last) is TimeSpan span ? span / (WrittenTokens - 1) : null;

    /// <summary>The prompts; null if they are not kept.</summary>
    public string? Prompt => _promptText;

    /// <summary>The answers, in the order of the choices; none if they are not kept.</summary>
    public IReadOnlyList<string> Answers
    {
        get
        {
            lock (_answers)
            {
                return [.. _answers.Values.Select(answer => answer.ToString())];
            }
        }
    }

    /// <summary>That of a request.</summary>
    public static RequestRecord Of(HttpContext context) =>
        context.Features.Get<RequestRecord>() ?? throw new InvalidOperationException("The request is not noted.");

    /// <summary>Notes which model answers, before it does.</summary>
    /// <param name="model">The model.</param>
    /// <param name="isShared">Whether the canary's share decided.</param>
    public void AnsweredBy(ServedModel model, bool isShared) => (Model, IsShared) = (model, isShared);

    /// <summary>Notes that it failed.</summary>
    public void Fail(Exception error) => Failure ??= error;

    /// <summary>Watches one of its texts.</summary>
    /// <param name="choice">Which.</param>
    public IRequestWatch Of(int choice) => new ChoiceWatch(this, choice);

    /// <summary>Notes a prompt.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="text">Its text.</param>
    public void AddPrompt(int tokens, string text)
    {
        Interlocked.Add(ref _prompt, tokens);
        if (keepsContent)
        {
            _promptText = _promptText is null ? text : _promptText + "\n" + text;
        }
    }

    /// <summary>Notes a token of an answer.</summary>
    /// <param name="choice">Which answer.</param>
    /// <param name="text">Its text, perhaps none.</param>
    public void AddToken(int choice, string text)
    {
        long now = Stopwatch.GetTimestamp();
        Interlocked.CompareExchange(ref _first, now, 0);
        Volatile.Write(ref _last, now);
        Interlocked.Increment(ref _written);
        live.AddToken();
        if (keepsContent)
        {
            lock (_answers)
            {
                if (!_answers.TryGetValue(choice, out StringBuilder? answer))
                {
                    _answers.Add(choice, answer = new());
                }
                answer.Append(text);
            }
        }
    }

    /// <summary>Notes how much of a prompt was read for an earlier request.</summary>
    public void AddCached(int tokens) => Interlocked.Add(ref _cached, tokens);

    /// <summary>Notes tokens that were written before the answer.</summary>
    public void AddReasoning(int tokens) => Interlocked.Add(ref _reasoning, tokens);

    /// <summary>The numbers of tokens, as responses tell them.</summary>
    public Usage Usage() => new(_prompt, _written, _prompt + _written, new PromptDetails(_cached), new CompletionDetails(_reasoning));

    private sealed class ChoiceWatch(RequestRecord record, int choice) : IRequestWatch
    {
        public void Queued() => Interlocked.CompareExchange(ref record._queued, Stopwatch.GetTimestamp(), 0);

        public void Started() => Interlocked.CompareExchange(ref record._started, Stopwatch.GetTimestamp(), 0);

        public void Written(WrittenText text)
        {
            if (record.Model is ServedModel model)
            {
                record._watches.Add(model, record.Route, choice, text, record._prompts);
            }
        }
    }

    private static TimeSpan? Between(long from, long to) => from == 0 || to == 0 ? null : Stopwatch.GetElapsedTime(from, to);
}
