using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>An answer that differs much from what the reference would have written.</summary>
/// <param name="Comparison">By how much.</param>
/// <param name="Answer">The answer; null if the log has it no more.</param>
public sealed record DifferingAnswer(ComparisonEntry Comparison, AnswerEntry? Answer)
{
    /// <summary>KL(reference || model), nats a token.</summary>
    public double KlDivergence => PerToken(Comparison);

    /// <summary>The share of tokens in whose place both have the same most probable one.</summary>
    public double Agreement => (double)Comparison.Agreements / Comparison.Tokens;

    internal static double PerToken(ComparisonEntry comparison) => comparison.KlDivergence / comparison.Tokens;
}
