using System.Reflection;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Periods;
using DecoupleQ.Storage;
using Microsoft.AspNetCore.Components;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Pages;

/// <summary>The page of a report on a monitor log.</summary>
public sealed partial class MonitorReportPage
{
    private const double Median = 0.5;

    // More is no list of what to do first.
    private const int MostAttention = 12;

    /// <summary>What happened.</summary>
    [Parameter, EditorRequired]
    public required PeriodFigures Figures { get; set; }

    /// <summary>In which language it is told.</summary>
    [Parameter, EditorRequired]
    public required MonitorTexts Texts { get; set; }

    private static string Version => typeof(MonitorReportPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
        .Split('+')[0];

    private MonitorPlots Plots => field ??= new(Figures, Texts, Width);

    private IReadOnlyList<string> Attention => field ??= [.. NeedingAttention()];

    private string Width => Figures.OverTime.Width switch
    {
        { TotalHours: < 1 } width => Put(Texts.Minutes, PageNumbers.Count((long)width.TotalMinutes)),
        { TotalDays: < 1 } width => Put(Texts.Hours, PageNumbers.Count((long)width.TotalHours)),
        TimeSpan width => Put(Texts.Days, PageNumbers.Count((long)width.TotalDays)),
    };

    private MonitorWords Words => field ??= new(Texts);

    private IEnumerable<KeyFigure> Key()
    {
        yield return new(Texts.AnswersKey, PageNumbers.Count(Figures.Answers),
            Put(Texts.TokensKey, PageNumbers.Count(Figures.Models.Sum(model => model.Answers.Tokens))));
        int goingOn = Figures.Drift.Count(drift => drift.Ended is null);
        yield return !Figures.HasBaseline ? new(Texts.DriftKey, PageNumbers.None, Texts.NoBaseline)
            : new(Texts.DriftKey, PageNumbers.Count(Figures.Drift.Count), goingOn == 0 ? null : Put(Texts.DriftGoesOn, PageNumbers.Count(goingOn)));
        if (Figures.Models.Sum(model => model.SelfChecks) is > 0 and long checks)
        {
            yield return new(Texts.SelfChecksKey, PageNumbers.Count(checks),
                Put(Texts.SelfChecksFailed, PageNumbers.Count(Figures.Models.Sum(model => model.FailedSelfChecks))));
        }
        // Of several, those are in the table.
        if (Figures.Comparisons is [ComparisonFigures only])
        {
            string which = Put(Texts.ComparedNote, only.Model, only.Reference);
            yield return new(Texts.KlKey, PageNumbers.Nats(only.Summary.KlDivergence.Value), which);
            yield return new(Texts.AgreementKey, PageNumbers.Percent(only.Summary.Agreement.Value), which);
        }
    }

    // What goes on before what is over, and of that the latest first.
    private IEnumerable<string> NeedingAttention()
    {
        foreach (DriftPeriod drift in Figures.Drift.Where(drift => drift.Ended is null))
        {
            yield return Put(Texts.AttentionDrift, drift.Model, drift.Route, Began(drift), Signals(drift));
        }
        foreach (ModelFigures model in Figures.Models.Where(model => model.FailedSelfChecks > 0))
        {
            yield return Put(Texts.AttentionSelfCheck, model.Name, PageNumbers.Count(model.FailedSelfChecks), PageNumbers.Count(model.SelfChecks));
        }
        foreach (ShareEntry change in Figures.Shares.Reverse().Where(change => change.Share == 0 && change.Time >= Figures.First))
        {
            yield return Put(Texts.AttentionShare, change.Model, PageNumbers.Time(change.Time), Words.Reason(change.Reason));
        }
        foreach (AgreementConcern concern in Concerns.Agreements(Figures))
        {
            yield return Put(
                concern.At is null ? Texts.AttentionAgreement : Texts.AttentionAgreementAt, concern.Comparison.Model, concern.Comparison.Reference,
                PageNumbers.Percent(concern.Summary.Agreement.Value), PageNumbers.Percent(Concerns.LeastAgreement),
                concern.At is DateTimeOffset time ? PageNumbers.Time(time) : "");
        }
        foreach (ShareConcern concern in Concerns.Shares(Figures))
        {
            (string beyondBaseline, string beyondLimit, double most) = concern.IsEmpty
                ? (Texts.AttentionEmptyBaseline, Texts.AttentionEmpty, Concerns.MostEmpty)
                : (Texts.AttentionTruncatedBaseline, Texts.AttentionTruncated, Concerns.MostTruncated);
            yield return Put(
                concern.Baseline is null ? beyondLimit : beyondBaseline, concern.Model, concern.Route, PageNumbers.Percent(concern.Share),
                PageNumbers.Percent(concern.Baseline ?? most));
        }
        foreach (ModelFigures model in Figures.Models.Where(model => model.LostEntries > 0))
        {
            yield return Put(Texts.AttentionLostEntries, model.Name, PageNumbers.Count(model.LostEntries));
        }
        foreach (ModelFigures model in Figures.Models.Where(model => model.LostReplays > 0))
        {
            long compared = Figures.Comparisons.Where(comparison => comparison.Model == model.Name).Sum(comparison => comparison.Answers);
            yield return Put(
                Texts.AttentionLostReplays, model.Name, PageNumbers.Count(model.LostReplays), PageNumbers.Count(compared + model.LostReplays));
        }
        foreach (DriftPeriod drift in Figures.Drift.Reverse().Where(drift => drift.Ended is not null))
        {
            yield return Put(Texts.AttentionDriftEnded, drift.Model, drift.Route, Began(drift), PageNumbers.Time(drift.Ended!.Value), Signals(drift));
        }
    }

    private string Began(DriftPeriod drift) => drift.Began is DateTimeOffset time ? PageNumbers.Time(time) : Texts.BeforeTheLog;

    private string Signals(DriftPeriod drift) => string.Join(", ", drift.Signals.Select(signal => Words.Signal(signal.Signal)));

    // Of the models that have a line.
    private IEnumerable<(int Color, string Label)> Legend(Func<ModelFigures, bool> isDrawn) =>
        Figures.Models.Where(isDrawn).Select(model => (MonitorPlots.ColorOf(Figures, model.Name), VisibleText.Of(model.Name)));

    private bool HasShare(ModelFigures model) => Figures.Shares.Any(change => change.Model == model.Name);

    private bool IsCompared(ModelFigures model) => Figures.Comparisons.Any(comparison => comparison.Model == model.Name);

    private IEnumerable<IReadOnlyList<string>> ModelRows() => Figures.Models.Select(model => (string[])
    [
        model.Name,
        string.Join(", ", model.Parts.Select(part => Texts.PartNames.GetValueOrDefault(part, part)).DefaultIfEmpty(PageNumbers.None)),
        model.Fingerprint ?? PageNumbers.None,
        PageNumbers.Count(model.Starts),
    ]);

    private (string, bool)[] RouteColumns() =>
    [
        (Texts.Model, false), (Texts.Route, false), (Texts.Answers, true), (Texts.TokensPerAnswer, true), (Texts.LogProbability, true), (Texts.Entropy, true),
        (Texts.Repetition, true), (Texts.Truncated, true), (Texts.Empty, true), (Texts.FirstToken, true), (Texts.TokensPerSecond, true),
    ];

    private IEnumerable<IReadOnlyList<string>> RouteRows() =>
        from model in Figures.Models
        from route in model.Routes
        let answers = route.Value
        select (string[])
        [
            model.Name, route.Key, PageNumbers.Count(answers.Answers), PageNumbers.Rate((double)answers.Tokens / answers.Answers),
            PageNumbers.Nats(answers.LogProbability.Value), PageNumbers.Nats(answers.Entropy.Value), PageNumbers.Percent(answers.Repetition.Value),
            PageNumbers.Percent(answers.Truncated), PageNumbers.Percent(answers.Empty), PageNumbers.Seconds(answers.FirstToken.Quantile(Median)),
            PageNumbers.Rate(answers.TokensPerSecond.Quantile(Median)),
        ];

    private IEnumerable<IReadOnlyList<string>> DriftRows() => Figures.Drift.Select(drift => (string[])
    [
        drift.Model,
        drift.Route,
        Began(drift),
        drift.Ended is not DateTimeOffset ended ? Texts.GoesOn
            : drift.Restarted ? Put(Texts.EndedByRestart, PageNumbers.Time(ended)) : PageNumbers.Time(ended),
        string.Join("; ", drift.Signals.Select(Words.Change)),
    ]);

    private IEnumerable<IReadOnlyList<string>> SelfCheckRows() =>
        from model in Figures.Models
        from check in model.LastFailures
        orderby check.Time
        select (string[])[PageNumbers.Second(check.Time), check.Model, PageNumbers.Value(check.Difference)];

    private (string, bool)[] ComparisonColumns() =>
    [
        (Texts.Model, false), (Texts.ComparedWith, false), (Texts.Answers, true), (Texts.KlDivergence, true), (Texts.Agreement, true),
        (Texts.PerplexityRatio, true),
    ];

    private IEnumerable<IReadOnlyList<string>> ComparisonRows() => Figures.Comparisons.Select(comparison => (string[])
    [
        comparison.Model, comparison.Reference, PageNumbers.Count(comparison.Answers),
        PageNumbers.Interval(comparison.Summary.KlDivergence, PageNumbers.Nats), PageNumbers.Interval(comparison.Summary.Agreement, PageNumbers.Percent),
        PageNumbers.Interval(comparison.Summary.PerplexityRatio, PageNumbers.Ratio),
    ]);

    private IEnumerable<IReadOnlyList<string>> ShareRows() => Figures.Shares.Select(change =>
        (string[])[PageNumbers.Second(change.Time), change.Model, PageNumbers.Percent(change.Share), Words.Reason(change.Reason)]);

    private string Describe(DifferingAnswer differing) => Put(
        Texts.DifferingFigures, PageNumbers.Nats(differing.KlDivergence), PageNumbers.Percent(differing.Agreement),
        PageNumbers.Count(differing.Comparison.Tokens));

    private string Place(DifferingAnswer differing) => VisibleText.Of(Put(
        Texts.DifferingPlace, PageNumbers.Second(differing.Answer?.Time ?? differing.Comparison.Time), differing.Comparison.Route, differing.Comparison.Model,
        differing.Comparison.Reference));
}
