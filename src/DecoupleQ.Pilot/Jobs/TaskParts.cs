using System.Text.Json;
using DecoupleQ.Evaluation.Differences;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Risk;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a result says of two models before a task.</summary>
internal static class TaskParts
{
    private const int MostSamples = 12, MostCharacters = 600, MostAnswers = 12;

    /// <summary>Two results, as a pilot's result has them.</summary>
    /// <param name="asked">The questions: those that count, and critical ones of the other half.</param>
    /// <param name="before">The dense model's answers.</param>
    /// <param name="after">The packed model's answers.</param>
    /// <param name="options">The options of the task, as words of a command line.</param>
    public static TaskPart Of(AskedTask asked, TaskResult before, TaskResult after, IReadOnlyList<string> options)
    {
        EvaluationTask task = asked.Task;
        var all = TaskComparison.Of(before, after);
        var comparison = TaskComparison.Of(Counted(before), Counted(after));
        PairedTotals totals = comparison.Totals;
        ItemChange[] changed = [.. comparison.Changes.Where(change => !change.IsFlip && change.Difference?.Kinds > 0)];
        var shown = new HashSet<int>(all.Flips.Concat(changed).Select(change => change.Item.Line));
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
            all.Critical.Items,
            all.Critical.Lost,
            [.. all.Flips.Select(OfChange)],
            [
                .. comparison.Before.Items.Zip(comparison.After.Items).Where(pair => !shown.Contains(pair.First.Item.Line)).Take(MostSamples)
                    .Select(pair => Pair(pair.First, pair.Second, null)),
            ])
        {
            Changed = [.. changed.Select(OfChange)],
            Tags = TagSlices.Of(comparison),
            Writing = AnswerWriting.Of(comparison),
            Options = options,
        };

        TaskResult Counted(TaskResult result) =>
            new(result.Metric, [.. result.Items.Where(item => asked.Counts(item.Item))], result.Elapsed);

        AnswerPair OfChange(ItemChange change) => Pair(change.Before, change.After, change.Difference) with
        {
            IsOfChoosingHalf = !asked.Counts(change.Item),
        };
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
