using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Evaluation.Texts;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Risk;

/// <summary>Whether a model repeats itself in its answers to a task, or says nothing.</summary>
internal static class AnswerWriting
{
    private const int Run = 4;

    /// <summary>Of both models; null of choices.</summary>
    /// <param name="comparison">The dense model, then the packed one.</param>
    public static WritingFigures? Of(TaskComparison comparison)
    {
        if (comparison.Before.Metric == TaskMetric.Choice)
        {
            return null;
        }
        string[] before = [.. comparison.Before.Items.Select(item => item.Answer!)], after = [.. comparison.After.Items.Select(item => item.Answer!)];
        return new(Repetition(before), Repetition(after), Empty(before), Empty(after));
    }

    /// <summary>The share of a text's runs of four words that occur earlier in it; 0 of a text that has none.</summary>
    internal static double RepetitionOf(string text)
    {
        List<string> words = Words.Of(FoldedText.WithoutCase(text));
        var seen = new HashSet<(string, string, string, string)>();
        int runs = Math.Max(0, words.Count - Run + 1);
        for (int i = 0; i < runs; i++)
        {
            seen.Add((words[i], words[i + 1], words[i + 2], words[i + 3]));
        }
        return runs == 0 ? 0 : 1 - ((double)seen.Count / runs);
    }

    private static Estimate Repetition(string[] texts) =>
        Bootstrap.Estimate([.. texts.Select(text => new[] { RepetitionOf(text), 1.0 })], sums => sums[0] / sums[1])[0];

    private static Estimate Empty(string[] texts) => Proportions.Of(texts.Count(string.IsNullOrWhiteSpace), texts.Length);
}
