using System.Collections.Concurrent;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Compares a model's answers with a baseline, route by route, and says when they differ: log, monitor log, metrics, health.</summary>
/// <param name="model">The model's name.</param>
/// <param name="baseline">The baseline.</param>
/// <param name="options">How answers are compared.</param>
/// <param name="degradation">Where it is said that something is wrong.</param>
/// <param name="entries">The monitor log; null for none.</param>
/// <param name="logger">The log.</param>
internal sealed partial class DriftMonitor(
    string model, Baseline baseline, DriftOptions options, Degradation degradation, MonitorLog? entries, ILogger<DriftMonitor> logger)
{
    private const string Source = "drift";

    private readonly Dictionary<string, DriftWatch> _watches = baseline.Routes.ToDictionary(route => route.Key, route => new DriftWatch(route.Value, options));
    private readonly ConcurrentDictionary<string, bool> _unwatched = [];

    /// <summary>What answers are compared with.</summary>
    public Baseline Baseline => baseline;

    /// <summary>Told when answers begin to differ.</summary>
    public event Action<DriftReason>? Drifted;

    /// <summary>Whether there were enough answers to compare.</summary>
    public bool HasCompared => _watches.Values.Any(watch => watch.Answers >= options.Window / 2);

    /// <summary>Of each route whether its answers differ.</summary>
    public IEnumerable<(string Route, bool Drifting)> Routes => _watches.Select(watch => (watch.Key, watch.Value.Differences.Count > 0));

    /// <summary>Takes an answer.</summary>
    public void Add(AnswerEntry answer)
    {
        if (answer.Choice != 0)
        {
            return;
        }
        if (!_watches.TryGetValue(answer.Route, out DriftWatch? watch))
        {
            if (_unwatched.TryAdd(answer.Route, true))
            {
                Unwatched(logger, answer.Route, baseline.Model);
            }
            return;
        }
        if (watch.Add(answer))
        {
            Change(answer.Route, watch.Differences);
        }
    }

    private void Change(string route, IReadOnlyList<SignalDifference> differences)
    {
        bool drifting = differences.Count > 0;
        var reason = new DriftReason(route, differences);
        degradation.Set($"{Source} {model} {route}", drifting ? $"{model}: {reason.Words}" : null);
        entries?.Add(new DriftEntry { Time = DateTimeOffset.UtcNow, Model = model, Route = route, Drifting = drifting, Signals = differences });
        if (drifting)
        {
            Differ(logger, model, reason.Words);
            Drifted?.Invoke(reason);
        }
        else
        {
            DifferNoMore(logger, model, route);
        }
    }

    [LoggerMessage(LogLevel.Warning, "drift: {Model}: {Words}")]
    private static partial void Differ(ILogger logger, string model, string words);

    [LoggerMessage(LogLevel.Information, "drift: {Model}: {Route} is as the baseline again")]
    private static partial void DifferNoMore(ILogger logger, string model, string route);

    [LoggerMessage(LogLevel.Warning, "drift: {Route} is not watched: the baseline of {Model} has no answers to it")]
    private static partial void Unwatched(ILogger logger, string route, string model);
}
