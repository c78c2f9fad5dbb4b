using DecoupleQ.Evaluation.Differences;
using DecoupleQ.Statistics;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>What two models made of one question.</summary>
/// <param name="Before">The first one, such as the dense model.</param>
/// <param name="After">The second one, such as the packed model.</param>
/// <param name="Difference">What differs between the texts of their answers; null with <see cref="TaskMetric.Choice"/>.</param>
public sealed record ItemChange(ItemResult Before, ItemResult After, AnswerDifference? Difference)
{
    /// <summary>The question.</summary>
    public TaskItem Item => Before.Item;

    /// <summary>Whether the first alone is right.</summary>
    public bool IsLost => Before.IsRight && !After.IsRight;

    /// <summary>Whether the second alone is right.</summary>
    public bool IsGained => !Before.IsRight && After.IsRight;

    /// <summary>Whether it is lost or gained.</summary>
    public bool IsFlip => Before.IsRight != After.IsRight;
}

/// <summary>The same questions of a tag before two models.</summary>
/// <param name="Items">How many.</param>
/// <param name="Lost">Questions that the first alone answered right.</param>
/// <param name="Gained">Questions that the second alone answered right.</param>
/// <param name="Accuracy">By how much the second's share of right answers is above the first's, with a 95 % interval of pairs.</param>
/// <param name="Score">By how much its mean score is, with a 95 % interval of resampled pairs; null of metrics that know right and wrong alone.</param>
/// <param name="PValue">Of McNemar's exact test: how probable so uneven flips, or more uneven ones, are where nothing has changed.</param>
public sealed record PairedTotals(int Items, int Lost, int Gained, Estimate Accuracy, Estimate? Score, double PValue)
{
    internal static PairedTotals Of(IReadOnlyCollection<(ItemResult Before, ItemResult After)> pairs, bool isGraded)
    {
        int both = pairs.Count(pair => pair.Before.IsRight && pair.After.IsRight), lost = pairs.Count(pair => pair.Before.IsRight && !pair.After.IsRight);
        int gained = pairs.Count(pair => !pair.Before.IsRight && pair.After.IsRight), neither = pairs.Count - both - lost - gained;
        Estimate? score = isGraded
            ? Bootstrap.Estimate([.. pairs.Select(pair => new double[] { pair.After.Score - pair.Before.Score, 1 })], sums => sums[0] / sums[1])[0]
            : null;
        return new PairedTotals(
            pairs.Count, lost, gained, Proportions.PairedDifference(both, lost, gained, neither), score, McNemarTest.PValue(lost, gained));
    }
}

/// <summary>Two models before one task, such as the dense and the packed one.</summary>
/// <param name="Before">The first one's result.</param>
/// <param name="After">The second one's.</param>
/// <param name="Totals">All questions.</param>
/// <param name="Critical">The critical questions alone.</param>
/// <param name="ByTag">The questions of each tag.</param>
/// <param name="Changes">
/// The questions whose answers differ: of texts, those that are not the same; of choices, those with another best one. First critical ones; among each first
/// those that have become wrong, then those that have become right, then the others; and among these first those whose numbers differ, then those whose
/// negations do, then those whose names do.
/// </param>
public sealed record TaskComparison(
    TaskResult Before,
    TaskResult After,
    PairedTotals Totals,
    PairedTotals Critical,
    IReadOnlyList<KeyValuePair<string, PairedTotals>> ByTag,
    IReadOnlyList<ItemChange> Changes)
{
    /// <summary>Those of <see cref="Changes"/> that have become wrong or right.</summary>
    public IEnumerable<ItemChange> Flips => Changes.Where(change => change.IsFlip);

    /// <summary>Compares two results.</summary>
    /// <param name="before">Of the first model.</param>
    /// <param name="after">Of the second model.</param>
    /// <exception cref="ArgumentException">They are not of the same questions by the same metric.</exception>
    public static TaskComparison Of(TaskResult before, TaskResult after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.Metric != after.Metric || !before.Items.Select(Named).SequenceEqual(after.Items.Select(Named)))
        {
            throw new ArgumentException("They are not of the same questions by the same metric.", nameof(after));
        }
        bool isGraded = TaskResult.IsGraded(before.Metric);
        (ItemResult Before, ItemResult After)[] pairs = [.. before.Items.Zip(after.Items)];
        return new TaskComparison(
            before,
            after,
            PairedTotals.Of(pairs, isGraded),
            PairedTotals.Of([.. pairs.Where(pair => pair.Before.Item.IsCritical)], isGraded),
            [
                .. before.ByTag.Select(tag => KeyValuePair.Create(
                    tag.Key, PairedTotals.Of([.. pairs.Where(pair => pair.Before.Item.Tags.Contains(tag.Key))], isGraded))),
            ],
            [
                .. pairs.Where(pair => Differ(pair.Before, pair.After)).Select(Change)
                    .OrderByDescending(change => change.Item.IsCritical)
                    .ThenBy(change => change.IsLost ? 0 : change.IsGained ? 1 : 2)
                    .ThenByDescending(change => change.Difference?.Numbers.Any ?? false)
                    .ThenByDescending(change => change.Difference?.Negations.Any ?? false)
                    .ThenByDescending(change => change.Difference?.Names.Any ?? false),
            ]);
    }

    private static (int Line, string Id) Named(ItemResult result) => (result.Item.Line, result.Item.Id);

    private static bool Differ(ItemResult before, ItemResult after) =>
        before.IsRight != after.IsRight || before.Answer != after.Answer || before.Choice?.Best != after.Choice?.Best;

    private static ItemChange Change((ItemResult Before, ItemResult After) pair) => new(
        pair.Before, pair.After,
        pair is { Before.Answer: string before, After.Answer: string after } ? AnswerDifference.Between(before, after) : null);
}
