using DecoupleQ.Evaluation.Texts;

namespace DecoupleQ.Evaluation.Metrics;

/// <summary>Right is an answer that holds one of the accepted texts as whole words, whatever the case.</summary>
internal sealed class ContainsMetric : TextMetric
{
    private readonly string[] _accepted;

    /// <param name="accepted">The texts.</param>
    /// <exception cref="DecoupleQException">One has nothing to look for.</exception>
    public ContainsMetric(IEnumerable<string> accepted)
    {
        _accepted = [.. accepted.Select(FoldedText.WithoutCase)];
        if (_accepted.Contains(""))
        {
            throw new DecoupleQException("A text is empty.", expected: "texts that an answer may hold");
        }
    }

    /// <inheritdoc/>
    public override Judgement Judge(string answer)
    {
        string folded = FoldedText.WithoutCase(answer);
        return Judgement.Of(_accepted.Any(text => Words.Contain(folded, text)));
    }
}
