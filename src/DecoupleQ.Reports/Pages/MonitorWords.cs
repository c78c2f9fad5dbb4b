using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Layout;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Pages;

/// <summary>What codes and names of the log are called in a language.</summary>
/// <param name="texts">The language's words.</param>
internal sealed class MonitorWords(MonitorTexts texts)
{
    /// <summary>A signal's name.</summary>
    public string Signal(string signal) => texts.SignalNames.GetValueOrDefault(signal, signal);

    /// <summary>How a signal differs from a baseline.</summary>
    public string Change(SignalDifference signal) => Put(
        texts.SignalChange, Signal(signal.Signal), PageNumbers.Value(signal.Window), PageNumbers.Value(signal.Baseline),
        PageNumbers.Probability(signal.PValue));

    /// <summary>Why a canary's share is what it is, as a sentence.</summary>
    public string Reason(ShareReason reason) => reason switch
    {
        StartedReason => texts.ReasonStarted,
        FailuresReason { OtherFailed: int other, OtherRequests: int others } failures => Put(
            texts.ReasonFailuresCompared, PageNumbers.Count(failures.Failed), PageNumbers.Count(failures.Requests), PageNumbers.Count(other),
            PageNumbers.Count(others)),
        FailuresReason failures => Put(texts.ReasonFailures, PageNumbers.Count(failures.Failed), PageNumbers.Count(failures.Requests)),
        AgreementReason agreement => Put(
            texts.ReasonAgreement, PageNumbers.Percent(agreement.Agreement), PageNumbers.Count(agreement.Answers), PageNumbers.Percent(agreement.Low),
            PageNumbers.Percent(agreement.High), PageNumbers.Percent(agreement.Limit)),
        DriftReason drift => Put(texts.ReasonDrift, drift.Route, string.Join("; ", drift.Signals.Select(Change))),
        SelfCheckReason { Difference: double difference } check => Put(
            texts.ReasonSelfCheck, PageNumbers.Value(difference), PageNumbers.Value(check.Limit)),
        SelfCheckReason => texts.ReasonSelfCheckFailed,
        _ => throw new ArgumentException($"There are no words for {reason.GetType().Name}.", nameof(reason)),
    };
}
