using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Server.Models;
using DecoupleQ.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Watches the models of a server in operation: by their answers alone, by a baseline, by another model.</summary>
internal sealed partial class Watches : IAsyncDisposable
{
    private const string Primary = "primary", CanaryPart = "canary", ShadowPart = "shadow";

    private readonly Dictionary<ServedModel, ModelWatch> _byModel = [];
    private readonly WatchedFiles _files;
    private readonly ILogger<Watches> _logger;
    private readonly List<IHostedService> _services = [];
    private int _ended;

    /// <param name="models">The models.</param>
    /// <param name="options">What is watched.</param>
    /// <param name="files">What the options name.</param>
    /// <param name="metrics">The metrics.</param>
    /// <param name="loggers">The log.</param>
    public Watches(ServedModels models, ServerOptions options, WatchedFiles files, ServerMetrics metrics, ILoggerFactory loggers)
    {
        _files = files;
        ILogger<Watches> logger = _logger = loggers.CreateLogger<Watches>();
        Log = options.MonitorLog is MonitorLogOptions log ? new MonitorLog(log, error => CannotWrite(logger, log.Folder, error.Message)) : null;
        LanguageModel? reference = models.Canary is null ? files.Shadow : models.First.Model;
        string referenceName = models.Canary is null ? files.ShadowName : models.First.Name;
        foreach (ServedModel served in models.All)
        {
            bool isCanary = served == models.Canary?.Model;
            Baseline? baseline = isCanary ? files.CanaryBaseline : files.Baseline;
            var watch = new ModelWatch(
                served,
                isCanary ? CanaryPart : Primary,
                new AnswerMonitor(served, metrics, Log, options.LogContent),
                baseline is null ? null : new DriftMonitor(served.Name, baseline, options.Drift, Degradation, Log, loggers.CreateLogger<DriftMonitor>()),
                baseline is null or { Texts: [] } ? null
                    : new SelfChecks(served, baseline.Texts, Degradation, Log, loggers.CreateLogger<SelfChecks>()),
                reference is null || reference == served.Model || options.ShadowRate == 0 ? null
                    : new ShadowReplays(
                        served, reference, referenceName, models.Canary is null ? null : models.First.Texts, () => models.Status.Running > 0,
                        options.ShadowRate, Log, loggers.CreateLogger<ShadowReplays>()));
            _byModel[served] = watch;
            Connect(watch);
        }
        if (models.Canary is Canary canary)
        {
            Guard(canary, _byModel[canary.Model], options.Canary!.MinAgreement);
        }
        metrics.Observe(this);
    }

    /// <summary>The monitor log; null for none.</summary>
    public MonitorLog? Log { get; }

    /// <summary>What is wrong, if something is.</summary>
    public Degradation Degradation { get; } = new();

    /// <summary>Whoever watches, model by model.</summary>
    public IReadOnlyCollection<ModelWatch> All => _byModel.Values;

    /// <summary>Whether answers differ from the baseline, in words; null where none is watched.</summary>
    public string? Drift
    {
        get
        {
            DriftMonitor[] watched = [.. All.Select(watch => watch.Drift).OfType<DriftMonitor>()];
            string[] reasons = [.. Degradation.Reasons];
            return watched.Length == 0 ? null
                : reasons.Length > 0 ? string.Join("; ", reasons)
                : watched.Any(drift => drift.HasCompared) ? "none" : "none yet";
        }
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="model">Whose.</param>
    /// <param name="route">What was asked for.</param>
    /// <param name="choice">Which of the answers to its request.</param>
    /// <param name="text">The answer.</param>
    /// <param name="prompts">Texts of the request's prompts.</param>
    public void Add(ServedModel model, string route, int choice, WrittenText text, PromptTexts prompts)
    {
        try
        {
            _byModel[model].Answers.Add(route, choice, text, prompts);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // It was answered all the same.
            CannotNote(_logger, error);
        }
    }

    /// <summary>Begins what goes on beside the requests.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Note(started: true);
        NoteBaselines();
        foreach (IHostedService service in _services)
        {
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }
        foreach (IHostedService service in _services)
        {
            await service.StopAsync(CancellationToken.None).ConfigureAwait(false);
            (service as IDisposable)?.Dispose();
        }
        if (Log is not null)
        {
            Note(started: false);
            await Log.DisposeAsync().ConfigureAwait(false);
        }
        _files.Dispose();
    }

    private void Connect(ModelWatch watch)
    {
        if (watch.Drift is DriftMonitor drift)
        {
            watch.Answers.Answered += (answer, _) => drift.Add(answer);
        }
        if (watch.SelfChecks is SelfChecks checks)
        {
            _services.Add(checks);
        }
        if (watch.Shadow is ShadowReplays shadow)
        {
            watch.Answers.Answered += shadow.Offer;
            _services.Add(shadow);
        }
    }

    // The share falls to 0 when the canary is found to agree too little with the first model, or to answer otherwise than it once did.
    private void Guard(Canary canary, ModelWatch watch, double? minAgreement)
    {
        if (watch.Drift is DriftMonitor drift)
        {
            drift.Drifted += reason => canary.Share.FallBack(reason);
        }
        if (watch.SelfChecks is SelfChecks checks)
        {
            checks.Failed += reason => canary.Share.FallBack(reason);
        }
        if (watch.Shadow is ShadowReplays shadow && minAgreement is double least)
        {
            var limit = new AgreementLimit(least);
            shadow.Compared += summary =>
            {
                if (limit.Fault(summary) is AgreementReason fault)
                {
                    canary.Share.FallBack(fault);
                }
            };
        }
        canary.Share.FellBack += reason => Log?.Add(new ShareEntry
        {
            Time = DateTimeOffset.UtcNow, Model = canary.Model.Name, Share = 0, Reason = reason,
        });
        Log?.Add(new ShareEntry { Time = DateTimeOffset.UtcNow, Model = canary.Model.Name, Share = canary.Share.Now, Reason = new StartedReason() });
    }

    // What is compared with what, for whoever reads the log without the baseline's file.
    private void NoteBaselines()
    {
        foreach (ModelWatch watch in All)
        {
            foreach ((string route, BaselineRoute baseline) in watch.Drift?.Baseline.Routes ?? new Dictionary<string, BaselineRoute>())
            {
                Log?.Add(new BaselineEntry
                {
                    Time = DateTimeOffset.UtcNow, Model = watch.Served.Name, Route = route, Answers = baseline.Answers,
                    Means = baseline.Signals.ToDictionary(signal => signal.Key, signal => signal.Value.Average()),
                });
            }
        }
    }

    private void Note(bool started)
    {
        foreach (ModelWatch watch in All)
        {
            Note(watch.Served.Name, watch.Served.Fingerprint, watch.Part);
        }
        if (_files.Shadow is not null)
        {
            Note(_files.ShadowName, ServedModel.FingerprintOf(_files.Shadow), ShadowPart);
        }

        void Note(string model, string fingerprint, string part) => Log?.Add(new ServerEntry
        {
            Time = DateTimeOffset.UtcNow, Model = model, Started = started, Fingerprint = fingerprint, Part = part,
        });
    }

    [LoggerMessage(LogLevel.Error, "monitor: an answer could not be noted")]
    private static partial void CannotNote(ILogger logger, Exception error);

    [LoggerMessage(LogLevel.Warning, "monitor: the log in {Folder} cannot be written: {Message}")]
    private static partial void CannotWrite(ILogger logger, string folder, string message);
}
