using System.Text.Json;
using DecoupleQ.Evaluation.Differences;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a result says of two models before a task.</summary>
internal static class TaskParts
{
    // A page that people read; the counts are of all.
    private const int MostFlips = 200, MostSamples = 12, MostCharacters = 600, MostAnswers = 12;

    /// <summary>A comparison, as results have it.</summary>
    /// <param name="task">The task.</param>
    /// <param name="comparison">The dense model, then the packed one.</param>
    public static TaskPart Of(EvaluationTask task, TaskComparison comparison)
    {
        PairedTotals totals = comparison.Totals;
        var flips = new HashSet<string>(comparison.Flips.Select(change => change.Item.Id), StringComparer.Ordinal);
        return new TaskPart(
            Path.GetFileName(task.Path),
            NameOf(task.Metric),
            totals.Items,
            comparison.Before.Totals.Accuracy,
            comparison.After.Totals.Accuracy,
            Negative(totals.Accuracy),
            totals.Lost,
            totals.Gained,
            totals.PValue,
            comparison.Before.Totals.Score,
            comparison.After.Totals.Score,
            comparison.Critical.Items,
            comparison.Critical.Lost,
            [.. comparison.Flips.Take(MostFlips).Select(change => Pair(change.Before, change.After, change.Difference))],
            [
                .. comparison.Before.Items.Zip(comparison.After.Items).Where(pair => !flips.Contains(pair.First.Item.Id)).Take(MostSamples)
                    .Select(pair => Pair(pair.First, pair.Second, null)),
            ]);
    }

    /// <summary>What is asked, all of it.</summary>
    public static string TextOf(TaskItem item) => item.Prompt ?? item.Messages!.ToJsonString();

    // Of a figure that is better when it is larger, what is lost.
    private static Estimate Negative(Estimate gained) => new(0 - gained.Value, 0 - gained.High, 0 - gained.Low);

    private static AnswerPair Pair(ItemResult dense, ItemResult packed, AnswerDifference? difference) => new(
        dense.Item.Id,
        Cut(TextOf(dense.Item)),
        AnswerOf(dense),
        AnswerOf(packed),
        dense.IsRight,
        packed.IsRight,
        dense.Item.IsCritical,
        Changes(difference?.Numbers),
        Changes(difference?.Negations),
        Changes(difference?.Names))
    {
        Expected = [.. (dense.Item.Choices.Count > 0 ? [dense.Item.Choices[dense.Item.RightChoice]] : dense.Item.Accepted).Take(MostAnswers).Select(Cut)],
        Choices = [.. dense.Item.Choices.Take(MostAnswers).Select(Cut)],
    };

    private static string AnswerOf(ItemResult result) => Cut(result.Answer ?? result.Item.Choices[result.Choice!.Best]);

    private static IReadOnlyList<string> Changes(TextChange? change) =>
        change is null ? [] : [.. change.Gone.Select(word => "-" + word), .. change.Come.Select(word => "+" + word)];

    private static string Cut(string text) => text.Length <= MostCharacters ? text
        : text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)] + "…";

    // As the option names it.
    private static string NameOf(TaskMetric metric) => JsonNamingPolicy.KebabCaseLower.ConvertName(metric.ToString());
}
