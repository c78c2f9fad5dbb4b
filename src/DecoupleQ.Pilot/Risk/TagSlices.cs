using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Risk;

/// <summary>Questions of a task as items of slices: a slice a tag.</summary>
internal static class TagSlices
{
    /// <summary>
    /// The loss of accuracy of the questions of each tag, those that stand out first: with Newcombe's interval, and whether it is beyond what questions that
    /// are dealt out to the tags at random show.
    /// </summary>
    /// <param name="comparison">The dense model, then the packed one.</param>
    public static IReadOnlyList<SliceFigures> Of(TaskComparison comparison)
    {
        if (comparison.ByTag.Count == 0)
        {
            return [];
        }
        Dictionary<string, PairedTotals> tags = comparison.ByTag.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        SliceItem[] items =
        [
            .. comparison.Before.Items.Zip(comparison.After.Items).Select(pair => new SliceItem(
                [.. pair.First.Item.Tags.Select(tag => new SliceName(SliceKind.Tag, tag))],
                (pair.First.IsRight ? 1 : 0) - (pair.Second.IsRight ? 1 : 0))),
        ];
        return [.. SliceComparison.Of(items).Select(slice => slice with { Difference = Lost(tags[slice.Name.Value].Accuracy) })];
    }

    // Of a figure that is better when it is larger, what is lost.
    private static Estimate Lost(Estimate gained) => new(0 - gained.Value, 0 - gained.High, 0 - gained.Low);
}
