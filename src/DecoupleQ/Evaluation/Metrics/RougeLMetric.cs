using DecoupleQ.Evaluation.Texts;

namespace DecoupleQ.Evaluation.Metrics;

/// <summary>
/// ROUGE-L (Lin, "ROUGE: a package for automatic evaluation of summaries", 2004): the F-measure of the longest common subsequence of words, with precision and
/// recall of equal weight, against the accepted text that gives the most.
/// </summary>
internal sealed class RougeLMetric : TextMetric
{
    private readonly List<string>[] _accepted;
    private readonly double _threshold;

    /// <param name="accepted">The texts.</param>
    /// <param name="threshold">The score from which on an answer counts as right.</param>
    /// <exception cref="DecoupleQException">One has no words.</exception>
    public RougeLMetric(IEnumerable<string> accepted, double threshold)
    {
        _accepted = [.. accepted.Select(text => Words.Of(FoldedText.WithoutCase(text)))];
        _threshold = threshold;
        if (_accepted.Any(words => words.Count == 0))
        {
            throw new DecoupleQException("A text has no words.", expected: "texts that an answer may be like");
        }
    }

    /// <inheritdoc/>
    public override Judgement Judge(string answer)
    {
        List<string> words = Words.Of(FoldedText.WithoutCase(answer));
        double score = _accepted.Max(accepted => FMeasure(accepted, words));
        return new Judgement(score, score >= _threshold);
    }

    /// <summary>The F-measure of two lists of words; 0 if one is empty.</summary>
    internal static double FMeasure(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        int common = CommonSubsequence(first, second);
        // 2 P R / (P + R), with P and R the common words by those of either.
        return common == 0 ? 0 : 2.0 * common / (first.Count + second.Count);
    }

    private static int CommonSubsequence(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        // Row by row: of each length of the second, the longest with as much of the first as was looked at.
        int[] row = new int[second.Count + 1];
        foreach (string word in first)
        {
            int before = 0;
            for (int i = 1; i <= second.Count; i++)
            {
                int above = row[i];
                row[i] = word == second[i - 1] ? before + 1 : Math.Max(above, row[i - 1]);
                before = above;
            }
        }
        return row[^1];
    }
}
