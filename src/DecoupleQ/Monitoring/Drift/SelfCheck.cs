using DecoupleQ.Serving;

namespace DecoupleQ.Monitoring.Drift;

/// <summary>
/// Whether a model finds a baseline's texts as probable as it did: what a stream of answers shows after hundreds, if at all (a layer that was damaged), this
/// shows at once, and never by chance.
/// </summary>
public static class SelfCheck
{
    /// <summary>
    /// The largest mean of absolute differences that passes, in nats a token. Other instruction sets and other products of the same weights differ by less than
    /// a thousandth; any other model, and one whose layers were changed, by more than a hundredth.
    /// </summary>
    public const double Tolerance = 0.01;

    /// <summary>Scores a text, as one to be compared with later.</summary>
    /// <param name="texts">The model.</param>
    /// <param name="ids">The text, at least two ids and at most the model's context.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<ReferenceText> ScoreAsync(TextService texts, IReadOnlyList<int> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var scores = await texts.ScoreAsync(ids, cancellationToken: cancellationToken, follows: true).ConfigureAwait(false);
        return new ReferenceText([.. ids], [.. scores.Skip(1).Select(score => Math.Round(score!.LogProbability, 5))]);
    }

    /// <summary>The mean of the absolute differences between the log-probabilities of some texts now and then, in nats a token.</summary>
    /// <param name="texts">The model.</param>
    /// <param name="references">What it is compared with, at least one.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Infinity if a text is none of this model's: it has ids that the model has not, or does not fit its context.</returns>
    public static async Task<double> DifferenceAsync(
        TextService texts, IReadOnlyList<ReferenceText> references, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(references);
        double sum = 0;
        int tokens = 0;
        foreach (ReferenceText reference in references)
        {
            if (reference.Ids.Count > texts.Model.ContextLength || reference.Ids.Any(id => id < 0 || id >= texts.Model.VocabularySize))
            {
                return double.PositiveInfinity;
            }
            ReferenceText now = await ScoreAsync(texts, reference.Ids, cancellationToken).ConfigureAwait(false);
            sum += now.LogProbabilities.Zip(reference.LogProbabilities, (own, other) => Math.Abs(own - other)).Sum();
            tokens += now.LogProbabilities.Count;
        }
        return sum / tokens;
    }
}
