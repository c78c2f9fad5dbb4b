using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports.Pages;

/// <summary>Every word of a report on a monitor log, in one language. <c>{0}</c> and so on stand for what is put in.</summary>
public sealed record MonitorTexts
{
    /// <summary>The language, as pages say it: <c>en</c>.</summary>
    public required string Language { get; init; }

#pragma warning disable CS1591 // A text says what it is.
    public required string Title { get; init; }

    public required string Period { get; init; }

    public required string Footer { get; init; }

    public required string AnswersKey { get; init; }

    public required string TokensKey { get; init; }

    public required string DriftKey { get; init; }

    public required string DriftGoesOn { get; init; }

    public required string SelfChecksKey { get; init; }

    public required string SelfChecksFailed { get; init; }

    public required string KlKey { get; init; }

    public required string AgreementKey { get; init; }

    public required string ComparedNote { get; init; }

    public required string AttentionHeading { get; init; }

    public required string AttentionNone { get; init; }

    public required string AttentionDrift { get; init; }

    public required string AttentionDriftEnded { get; init; }

    public required string AttentionSelfCheck { get; init; }

    public required string AttentionShare { get; init; }

    public required string AttentionAgreement { get; init; }

    public required string AttentionAgreementAt { get; init; }

    public required string AttentionTruncated { get; init; }

    public required string AttentionTruncatedBaseline { get; init; }

    public required string AttentionEmpty { get; init; }

    public required string AttentionEmptyBaseline { get; init; }

    public required string AttentionLostEntries { get; init; }

    public required string AttentionLostReplays { get; init; }

    public required string AttentionMore { get; init; }

    public required string Omitted { get; init; }

    public required string Models { get; init; }

    public required string ModelsNote { get; init; }

    public required string Model { get; init; }

    public required string Part { get; init; }

    public required string Fingerprint { get; init; }

    public required string Starts { get; init; }

    public required string Route { get; init; }

    public required string Answers { get; init; }

    public required string TokensPerAnswer { get; init; }

    public required string LogProbability { get; init; }

    public required string Entropy { get; init; }

    public required string Repetition { get; init; }

    public required string Truncated { get; init; }

    public required string Empty { get; init; }

    public required string FirstToken { get; init; }

    public required string TokensPerSecond { get; init; }

    public required string Median { get; init; }

    public required string MedianAnd95 { get; init; }

    public required string OverTime { get; init; }

    public required string OverTimeNote { get; init; }

    public required string NoAnswers { get; init; }

    public required string PlotAnswers { get; init; }

    public required string PlotEach { get; init; }

    public required string PlotBand { get; init; }

    public required string PlotMean { get; init; }

    public required string PlotEmptyTruncated { get; init; }

    public required string PlotEmptyTruncatedNote { get; init; }

    public required string PlotOverruled { get; init; }

    public required string PlotQueue { get; init; }

    public required string Seconds { get; init; }

    public required string Nats { get; init; }

    public required string Drift { get; init; }

    public required string DriftNote { get; init; }

    public required string DriftNone { get; init; }

    public required string NoBaseline { get; init; }

    public required string DriftNoBaseline { get; init; }

    public required string From { get; init; }

    public required string Until { get; init; }

    public required string BeforeTheLog { get; init; }

    public required string GoesOn { get; init; }

    public required string EndedByRestart { get; init; }

    public required string Signals { get; init; }

    public required string SignalChange { get; init; }

    public required string SelfChecks { get; init; }

    public required string SelfChecksNote { get; init; }

    public required string Time { get; init; }

    public required string Difference { get; init; }

    public required string Comparisons { get; init; }

    public required string ComparisonsNote { get; init; }

    public required string ComparisonsNone { get; init; }

    public required string Sampled { get; init; }

    public required string ComparedWith { get; init; }

    public required string KlDivergence { get; init; }

    public required string Agreement { get; init; }

    public required string PerplexityRatio { get; init; }

    public required string IntervalNote { get; init; }

    public required string Canary { get; init; }

    public required string CanaryNote { get; init; }

    public required string Share { get; init; }

    public required string Reason { get; init; }

    public required string ReasonStarted { get; init; }

    public required string ReasonFailures { get; init; }

    public required string ReasonFailuresCompared { get; init; }

    public required string ReasonAgreement { get; init; }

    public required string ReasonDrift { get; init; }

    public required string ReasonSelfCheck { get; init; }

    public required string ReasonSelfCheckFailed { get; init; }

    public required string Differing { get; init; }

    public required string DifferingNote { get; init; }

    public required string DifferingFigures { get; init; }

    public required string DifferingPlace { get; init; }

    public required string NoContent { get; init; }

    public required string AnswerGone { get; init; }

    public required string Prompt { get; init; }

    public required string Answer { get; init; }

    public required string Minutes { get; init; }

    public required string Hours { get; init; }

    public required string Days { get; init; }
#pragma warning restore CS1591

    /// <summary>The names of signals: <c>entropy</c> ..; one that is not among them stands for itself.</summary>
    public required IReadOnlyDictionary<string, string> SignalNames { get; init; }

    /// <summary>The names of the parts of a server.</summary>
    public required IReadOnlyDictionary<string, string> PartNames { get; init; }

    /// <summary>The words in a language.</summary>
    public static MonitorTexts Of(ReportLanguage language) => language == ReportLanguage.Japanese ? JapaneseMonitorTexts.Texts : EnglishMonitorTexts.Texts;
}
