using System.Collections.Concurrent;
using System.Globalization;
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

    /// <summary>Told when answers begin to differ.</summary>
    public event Action<string>? Drifted;

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
        string words = Words(route, differences);
        degradation.Set($"{Source} {model} {route}", drifting ? $"{model}: {words}" : null);
        entries?.Add(new DriftEntry { Time = DateTimeOffset.UtcNow, Model = model, Route = route, Drifting = drifting, Signals = differences });
        if (drifting)
        {
            Differ(logger, model, words);
            Drifted?.Invoke(words);
        }
        else
        {
            DifferNoMore(logger, model, route);
        }
    }

    private static string Words(string route, IReadOnlyList<SignalDifference> differences) =>
        $"{route} differs from the baseline in " + string.Join(", ", differences.Select(difference => string.Create(
            CultureInfo.InvariantCulture,
            $"{difference.Signal} ({difference.Window:0.###} instead of {difference.Baseline:0.###}, p = {difference.PValue:0.0e0})")));

    [LoggerMessage(LogLevel.Warning, "drift: {Model}: {Words}")]
    private static partial void Differ(ILogger logger, string model, string words);

    [LoggerMessage(LogLevel.Information, "drift: {Model}: {Route} is as the baseline again")]
    private static partial void DifferNoMore(ILogger logger, string model, string route);

    [LoggerMessage(LogLevel.Warning, "drift: {Route} is not watched: the baseline of {Model} has no answers to it")]
    private static partial void Unwatched(ILogger logger, string route, string model);
}
