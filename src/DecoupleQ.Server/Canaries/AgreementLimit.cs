using System.Globalization;
using DecoupleQ.Monitoring.Comparisons;

namespace DecoupleQ.Server.Canaries;

/// <summary>The least agreement with the first model that a canary may have.</summary>
/// <param name="least">The share of tokens in whose place both must have the same most probable one, from 0 to 1.</param>
internal sealed class AgreementLimit(double least)
{
    /// <summary>Of fewer answers nothing is concluded.</summary>
    public const int FewestAnswers = 50;

    /// <summary>What is wrong, in a sentence: the whole 95 % interval lies below the limit. Null if it does not, or there are too few answers.</summary>
    public string? Fault(ComparisonSummary summary) =>
        summary.Answers < FewestAnswers || !(summary.Agreement.High < least) ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"It agrees with the first model in {summary.Agreement.Value:0.0 %} of the tokens of {summary.Answers} answers "
                + $"(95 % interval {summary.Agreement.Low:0.0 %} to {summary.Agreement.High:0.0 %}), and must in {least:0.0 %}.");
}
