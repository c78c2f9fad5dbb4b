using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>monitor report --json</c> prints.</summary>
/// <param name="Output">The page.</param>
/// <param name="First">The time of the earliest entry.</param>
/// <param name="Last">The time of the latest entry.</param>
/// <param name="Entries">Entries of the log that the page is about.</param>
/// <param name="Models">The models.</param>
/// <param name="Drift">Times in which answers differed from the baseline.</param>
/// <param name="Comparisons">Comparisons with other models.</param>
/// <param name="Shares">The share of canaries, and its changes.</param>
internal sealed record MonitorReportDocument(
    string Output,
    DateTimeOffset First,
    DateTimeOffset Last,
    long Entries,
    IReadOnlyList<MonitorReportDocument.WatchedModel> Models,
    IReadOnlyList<MonitorReportDocument.DriftTime> Drift,
    IReadOnlyList<MonitorReportDocument.Comparison> Comparisons,
    IReadOnlyList<MonitorReportDocument.ShareChange> Shares)
{
    private const double Median = 0.5, Slow = 0.95;

    public static MonitorReportDocument From(string output, PeriodFigures figures) => new(
        output,
        figures.First,
        figures.Last,
        figures.Entries,
        [.. figures.Models.Select(model => new WatchedModel(
            model.Name, [.. model.Parts], model.Fingerprint, model.SelfChecks, model.FailedSelfChecks, model.LostEntries, model.LostReplays,
            [.. model.Routes.Select(route => Of(route.Key, route.Value))]))],
        [.. figures.Drift.Select(drift => new DriftTime(
            drift.Model, drift.Route, drift.Began, drift.Ended,
            [.. drift.Signals.Select(signal => new Signal(signal.Signal, signal.PValue, signal.Baseline, signal.Window))]))],
        [.. figures.Comparisons.Select(comparison => new Comparison(
            comparison.Model, comparison.Reference, comparison.Answers, IntervalFigures.Of(comparison.Summary.KlDivergence),
            IntervalFigures.Of(comparison.Summary.Agreement), IntervalFigures.Of(comparison.Summary.PerplexityRatio)))],
        [.. figures.Shares.Select(change => new ShareChange(change.Time, change.Model, change.Share, change.Reason, change.Reason.Sentence))]);

    private static WatchedRoute Of(string name, AnswerFigures answers) => new(
        name, answers.Answers, answers.Tokens, Known(answers.LogProbability.Value), Known(answers.Entropy.Value), Known(answers.Repetition.Value),
        answers.Truncated, answers.Empty, Known(answers.Overruled.Value), Known(answers.FirstToken.Quantile(Median)), Known(answers.FirstToken.Quantile(Slow)),
        Known(answers.TokensPerSecond.Quantile(Median)), Known(answers.Queue.Quantile(Slow)));

    // Of no answers there is no mean.
    private static double? Known(double value) => double.IsNaN(value) ? null : value;

    /// <param name="Name">Its name.</param>
    /// <param name="Parts">The parts that it played.</param>
    /// <param name="Fingerprint">When it was last started.</param>
    /// <param name="SelfChecks">Self-checks.</param>
    /// <param name="FailedSelfChecks">Of them, those that failed.</param>
    /// <param name="LostEntries">Entries that the log lacks.</param>
    /// <param name="LostReplays">Answers that were to be compared, and were not.</param>
    /// <param name="Routes">Its answers by what was asked for.</param>
    internal sealed record WatchedModel(
        string Name, IReadOnlyList<string> Parts, string? Fingerprint, long SelfChecks, long FailedSelfChecks, long LostEntries, long LostReplays,
        IReadOnlyList<WatchedRoute> Routes);

    /// <param name="Name">What was asked for.</param>
    /// <param name="Answers">Answers.</param>
    /// <param name="Tokens">Their tokens.</param>
    /// <param name="LogProbability">Mean, nats a token.</param>
    /// <param name="Entropy">Mean, nats.</param>
    /// <param name="Repetition">Mean, 0 to 1.</param>
    /// <param name="Truncated">Share of answers, 0 to 1.</param>
    /// <param name="Empty">Share of answers, 0 to 1.</param>
    /// <param name="Overruled">Mean share of tokens, 0 to 1.</param>
    /// <param name="FirstTokenSeconds">Median.</param>
    /// <param name="FirstTokenSeconds95">95th percentile.</param>
    /// <param name="TokensPerSecond">Median.</param>
    /// <param name="QueueSeconds95">95th percentile.</param>
    internal sealed record WatchedRoute(
        string Name, long Answers, long Tokens, double? LogProbability, double? Entropy, double? Repetition, double Truncated, double Empty, double? Overruled,
        double? FirstTokenSeconds, double? FirstTokenSeconds95, double? TokensPerSecond, double? QueueSeconds95);

    /// <param name="Model">The model.</param>
    /// <param name="Route">What was asked for.</param>
    /// <param name="Began">When; absent if before the log.</param>
    /// <param name="Ended">When; absent if it goes on.</param>
    /// <param name="Signals">What differed.</param>
    internal sealed record DriftTime(string Model, string Route, DateTimeOffset? Began, DateTimeOffset? Ended, IReadOnlyList<Signal> Signals);

    /// <param name="Name">Which.</param>
    /// <param name="PValue">How probable so large a difference is where nothing has changed.</param>
    /// <param name="Baseline">Mean in the baseline.</param>
    /// <param name="Window">Mean in the window.</param>
    internal sealed record Signal(string Name, double PValue, double Baseline, double Window);

    /// <param name="Model">The model.</param>
    /// <param name="Reference">The model that it is compared with.</param>
    /// <param name="Answers">Answers that were compared.</param>
    /// <param name="KlDivergence">Nats a token.</param>
    /// <param name="Agreement">Share of tokens, 0 to 1.</param>
    /// <param name="PerplexityRatio">Perplexity by that of the reference.</param>
    internal sealed record Comparison(
        string Model, string Reference, long Answers, IntervalFigures KlDivergence, IntervalFigures Agreement, IntervalFigures PerplexityRatio);

    /// <param name="Time">When.</param>
    /// <param name="Model">The canary.</param>
    /// <param name="Share">From then on, 0 to 1.</param>
    /// <param name="Reason">Why: a code and its figures.</param>
    /// <param name="Sentence">The same in words.</param>
    internal sealed record ShareChange(DateTimeOffset Time, string Model, double Share, ShareReason Reason, string Sentence);
}
