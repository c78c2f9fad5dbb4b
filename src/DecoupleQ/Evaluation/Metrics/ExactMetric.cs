namespace DecoupleQ.Evaluation.Metrics;

/// <summary>Right is an answer that is one of the accepted texts, character by character, but for white space around it.</summary>
/// <param name="accepted">The texts.</param>
internal sealed class ExactMetric(IEnumerable<string> accepted) : TextMetric
{
    private readonly string[] _accepted = [.. accepted.Select(text => text.Trim())];

    /// <inheritdoc/>
    public override Judgement Judge(string answer) => Judgement.Of(_accepted.Contains(answer.Trim(), StringComparer.Ordinal));
}
