using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Statistics;

namespace DecoupleQ.Monitoring.Comparisons;

/// <summary>How far a model is from another on what it has answered, with 95 % intervals over the answers.</summary>
/// <param name="Answers">Answers that were compared.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="KlDivergence">KL(reference || model), nats a token.</param>
/// <param name="Agreement">The share of tokens in whose place both have the same most probable one.</param>
/// <param name="PerplexityRatio">The model's perplexity on the answers divided by the reference's: above 1 if the model finds them less probable.</param>
public sealed record ComparisonSummary(int Answers, long Tokens, Estimate KlDivergence, Estimate Agreement, Estimate PerplexityRatio)
{
    /// <summary>That of some answers, each of at least one token.</summary>
    public static ComparisonSummary Of(IReadOnlyList<ComparisonEntry> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        double[][] items =
        [
            .. answers.Where(answer => answer.Tokens > 0).Select(answer => new double[]
            {
                answer.Tokens, answer.KlDivergence, answer.Agreements, answer.LogLoss - answer.ReferenceLogLoss,
            }),
        ];
        Estimate[] figures = Bootstrap.Estimate(
            items, sums => sums[1] / sums[0], sums => sums[2] / sums[0], sums => Math.Exp(sums[3] / sums[0]));
        return new ComparisonSummary(items.Length, (long)items.Sum(item => item[0]), figures[0], figures[1], figures[2]);
    }
}
