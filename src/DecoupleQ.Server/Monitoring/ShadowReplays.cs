using System.Diagnostics;
using System.Threading.Channels;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Models;
using DecoupleQ.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Monitoring;

/// <summary>
/// Takes a share of a model's answers through another model, while nobody waits for anything: how far are the two apart on what is really asked? A replay goes
/// on piece by piece, and not while a text is being written; what finds no idle time is left out, and counted.
/// </summary>
/// <param name="served">The model.</param>
/// <param name="reference">The model that it is compared with.</param>
/// <param name="referenceName">Its name.</param>
/// <param name="referenceTexts">Whom it serves, so that no memory is taken from them; null if nobody.</param>
/// <param name="busy">Whether somebody is served now, by whatever model.</param>
/// <param name="rate">The share of requests, from 0 to 1.</param>
/// <param name="entries">The monitor log; null for none.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ShadowReplays(
    ServedModel served, LanguageModel reference, string referenceName, TextService? referenceTexts, Func<bool> busy, double rate, MonitorLog? entries,
    ILogger<ShadowReplays> logger)
    : BackgroundService
{
    // Answers that wait for idle time, and those that the figures are of: the last ones.
    private const int MostWaiting = 32, MostKept = 1000;

    /// <summary>After how many answers <see cref="Compared"/> is told.</summary>
    public const int Every = 50;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    // How often the log is told of answers that were left out.
    private static readonly TimeSpan BetweenLosses = TimeSpan.FromMinutes(1);

    private readonly Channel<(AnswerEntry Answer, WrittenText Text)> _waiting =
        Channel.CreateBounded<(AnswerEntry, WrittenText)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Lock _gate = new();
    private readonly Queue<ComparisonEntry> _kept = [];
    private ComparisonSummary? _summary;
    private string? _fault;
    private long _replays, _dropped, _droppedTold, _lastTold = Stopwatch.GetTimestamp();

    /// <summary>Told when <see cref="Every"/> more answers have been compared.</summary>
    public event Action<ComparisonSummary>? Compared;

    /// <summary>Answers that were compared.</summary>
    public long Replays => Interlocked.Read(ref _replays);

    /// <summary>Answers that were chosen and could not be compared: there was no idle time, or no memory.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The figures of the last answers that were compared; null before the first.</summary>
    public ComparisonSummary? Summary
    {
        get
        {
            ComparisonEntry[] kept;
            lock (_gate)
            {
                if (_summary is not null || _kept.Count == 0)
                {
                    return _summary;
                }
                kept = [.. _kept];
            }
            // Outside: it takes its time, and whoever has compared an answer is not to wait for it.
            var summary = ComparisonSummary.Of(kept);
            lock (_gate)
            {
                return _summary = summary;
            }
        }
    }

    /// <summary>Takes an answer, if it is one of the share.</summary>
    public void Offer(AnswerEntry answer, WrittenText text)
    {
        if (answer.Choice == 0 && Random.Shared.NextDouble() < rate && !_waiting.Writer.TryWrite((answer, text)))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the server.
        await Task.Yield();
        await foreach ((AnswerEntry answer, WrittenText text) in _waiting.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                await ReplayAsync(answer, text, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _dropped);
                throw;
            }
            catch (Exception error)
            {
                // Whatever it is, the next answer may do. What is wrong with each is said once.
                Interlocked.Increment(ref _dropped);
                if (_fault != error.Message)
                {
                    _fault = error.Message;
                    Failed(logger, referenceName, error.Message);
                }
            }
            if (Stopwatch.GetElapsedTime(_lastTold) >= BetweenLosses)
            {
                TellLosses();
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        // What still waits is not compared any more.
        while (_waiting.Reader.TryRead(out _))
        {
            Interlocked.Increment(ref _dropped);
        }
        TellLosses();
    }

    private void TellLosses()
    {
        _lastTold = Stopwatch.GetTimestamp();
        long dropped = Dropped;
        if (dropped > _droppedTold)
        {
            entries?.Add(new LossEntry { Time = DateTimeOffset.UtcNow, Model = served.Name, Replays = dropped - _droppedTold });
            _droppedTold = dropped;
        }
    }

    private async Task ReplayAsync(AnswerEntry answer, WrittenText text, CancellationToken stopping)
    {
        await IdleAsync(stopping).ConfigureAwait(false);
        using IDisposable? memory = served.Texts.TryReserve(AnswerReplay.KeyValueBytes(served.Model, text.Prompt, text.Result.Ids));
        using IDisposable? others = referenceTexts?.TryReserve(AnswerReplay.KeyValueBytes(reference, text.Prompt, text.Result.Ids));
        if (memory is null || (others is null && referenceTexts is not null))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        using var replay = new AnswerReplay(served.Model, reference, text.Prompt, text.Result.Ids);
        while (!replay.Finished)
        {
            await IdleAsync(stopping).ConfigureAwait(false);
            if (SomebodyWaits)
            {
                // Somebody could use the memory.
                Interlocked.Increment(ref _dropped);
                return;
            }
            replay.Step(stopping);
        }
        Keep(new ComparisonEntry
        {
            Time = DateTimeOffset.UtcNow,
            Model = answer.Model,
            Id = answer.Id,
            Route = answer.Route,
            Reference = referenceName,
            Tokens = replay.Tokens,
            KlDivergence = replay.KlDivergence,
            Agreements = replay.Agreements,
            LogLoss = replay.LogLoss,
            ReferenceLogLoss = replay.ReferenceLogLoss,
        });
    }

    private void Keep(ComparisonEntry entry)
    {
        lock (_gate)
        {
            _kept.Enqueue(entry);
            if (_kept.Count > MostKept)
            {
                _kept.Dequeue();
            }
            _summary = null;
        }
        long replays = Interlocked.Increment(ref _replays);
        entries?.Add(entry);
        // Not each time: whoever looks again and again sees chance.
        if (replays % Every == 0 && Compared is not null && Summary is ComparisonSummary summary)
        {
            Compared(summary);
        }
    }

    private bool SomebodyWaits => served.Texts.Status.Waiting > 0 || referenceTexts?.Status.Waiting > 0;

    private async Task IdleAsync(CancellationToken stopping)
    {
        while (busy() && !SomebodyWaits)
        {
            await Task.Delay(Look, stopping).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Warning, "shadow: an answer could not be compared with {Reference}: {Message}")]
    private static partial void Failed(ILogger logger, string reference, string message);
}
