using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Server.Canaries;

/// <summary>The least agreement with the first model that a canary may have.</summary>
/// <param name="least">The share of tokens in whose place both must have the same most probable one, from 0 to 1.</param>
internal sealed class AgreementLimit(double least)
{
    /// <summary>Of fewer answers nothing is concluded.</summary>
    public const int FewestAnswers = 50;

    /// <summary>What is wrong: the whole 95 % interval lies below the limit. Null if it does not, or there are too few answers.</summary>
    public AgreementReason? Fault(ComparisonSummary summary) =>
        summary is { Answers: >= FewestAnswers, Agreement: { Low: double low, High: double high } } && high < least
            ? new(summary.Agreement.Value, low, high, least, summary.Answers)
            : null;
}
