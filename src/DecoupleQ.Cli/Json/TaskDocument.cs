using DecoupleQ.Evaluation.Differences;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Statistics;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>eval --task --json</c> prints.</summary>
/// <param name="Metric">How answers were judged, as the option names it.</param>
/// <param name="Items">Questions.</param>
/// <param name="Right">Those that were answered right.</param>
/// <param name="Accuracy">Their share, 0 to 1.</param>
/// <param name="AccuracyByCharacter">With <c>choice</c>: of the most probable choice by character.</param>
/// <param name="AccuracyByToken">With <c>choice</c>: of the most probable choice by token.</param>
/// <param name="Score">With <c>rouge-l</c> and <c>json-fields</c>: the mean score, 0 to 1.</param>
/// <param name="Seconds">Time taken, loading excluded.</param>
/// <param name="Critical">The critical questions; absent if there are none.</param>
/// <param name="Tags">The questions of each tag.</param>
/// <param name="Results">Of each question.</param>
/// <param name="Against">With <c>--against</c>: what the dense model made of them, and what differs.</param>
internal sealed record TaskDocument(
    string Metric,
    int Items,
    int Right,
    IntervalFigures Accuracy,
    IntervalFigures? AccuracyByCharacter,
    IntervalFigures? AccuracyByToken,
    IntervalFigures? Score,
    double Seconds,
    TaskDocument.Answered? Critical,
    IReadOnlyList<TaskDocument.TagPart> Tags,
    IReadOnlyList<TaskDocument.Result> Results,
    TaskDocument.Dense? Against)
{
    /// <param name="metric">The metric's name.</param>
    /// <param name="result">What the model made of the task.</param>
    /// <param name="comparison">Beside what the dense model made of it; null without one.</param>
    public static TaskDocument Of(string metric, TaskResult result, TaskComparison? comparison) => new(
        metric,
        result.Totals.Items,
        result.Totals.Right,
        IntervalFigures.Of(result.Totals.Accuracy),
        IntervalFigures.Of(result.AccuracyByCharacter),
        IntervalFigures.Of(result.AccuracyByToken),
        IntervalFigures.Of(result.Totals.Score),
        result.Elapsed.TotalSeconds,
        result.Critical.Items > 0 ? PartOf(result.Critical) : null,
        [
            .. result.ByTag.Select(tag => new TagPart(
                tag.Key, tag.Value.Items, tag.Value.Right, IntervalFigures.Of(tag.Value.Accuracy), IntervalFigures.Of(tag.Value.Score))),
        ],
        ResultsOf(result),
        comparison is null ? null : DenseOf(comparison));

    private static Answered PartOf(TaskTotals totals) => new(totals.Items, totals.Right, IntervalFigures.Of(totals.Accuracy), IntervalFigures.Of(totals.Score));

    private static Result[] ResultsOf(TaskResult result) => [.. result.Items.Select(item => new Result(
        item.Item.Id,
        item.Item.Line,
        item.Item.IsCritical,
        item.Item.Tags,
        item.IsRight,
        item.Score,
        item.Answer,
        item.Answer is null ? null : item.Tokens,
        item.Answer is null ? null : item.IsTruncated,
        item.Choice is null ? null : item.Item.RightChoice,
        item.Choice?.Best,
        item.Choice?.BestByCharacter,
        item.Choice?.BestByToken,
        item.Choice is null ? null : [.. item.Choice.Scores.Select(score => score.LogLikelihood)],
        item.Choice is null ? null : [.. item.Choice.Scores.Select(score => score.Tokens)]))];

    private static Dense DenseOf(TaskComparison comparison) => new(
        comparison.Before.Totals.Right,
        IntervalFigures.Of(comparison.Before.Totals.Accuracy),
        IntervalFigures.Of(comparison.Before.AccuracyByCharacter),
        IntervalFigures.Of(comparison.Before.AccuracyByToken),
        IntervalFigures.Of(comparison.Before.Totals.Score),
        comparison.Before.Elapsed.TotalSeconds,
        comparison.Totals.Lost,
        comparison.Totals.Gained,
        IntervalFigures.Of(comparison.Totals.Accuracy),
        IntervalFigures.Of(comparison.Totals.Score),
        comparison.Totals.PValue,
        comparison.Critical.Items > 0 ? PairsOf(comparison.Critical) : null,
        [.. comparison.ByTag.Select(tag => new TagPairs(
            tag.Key, tag.Value.Items, tag.Value.Lost, tag.Value.Gained, IntervalFigures.Of(tag.Value.Accuracy), IntervalFigures.Of(tag.Value.Score),
            tag.Value.PValue))],
        [.. comparison.Changes.Select(ChangeOf)],
        ResultsOf(comparison.Before));

    private static Pairs PairsOf(PairedTotals totals) => new(
        totals.Items, totals.Lost, totals.Gained, IntervalFigures.Of(totals.Accuracy), IntervalFigures.Of(totals.Score), totals.PValue);

    private static Change ChangeOf(ItemChange change) => new(
        change.Item.Id,
        change.IsLost ? "lost" : change.IsGained ? "gained" : "other",
        change.Item.IsCritical,
        change.Before.Answer ?? change.Item.Choices[change.Before.Choice!.Best],
        change.After.Answer ?? change.Item.Choices[change.After.Choice!.Best],
        Differing(change.Difference?.Numbers),
        Differing(change.Difference?.Negations),
        Differing(change.Difference?.Names));

    private static Words? Differing(TextChange? change) => change is { Any: true } ? new(change.Gone, change.Come) : null;

    /// <param name="Items">Questions.</param>
    /// <param name="Right">Those that were answered right.</param>
    /// <param name="Accuracy">Their share.</param>
    /// <param name="Score">The mean score.</param>
    internal sealed record Answered(int Items, int Right, IntervalFigures Accuracy, IntervalFigures? Score);

    /// <param name="Tag">The tag.</param>
    /// <param name="Items">Questions.</param>
    /// <param name="Right">Those that were answered right.</param>
    /// <param name="Accuracy">Their share.</param>
    /// <param name="Score">The mean score.</param>
    internal sealed record TagPart(string Tag, int Items, int Right, IntervalFigures Accuracy, IntervalFigures? Score);

    /// <param name="Id">The question's id, or the number of its line.</param>
    /// <param name="Line">Its line in the file.</param>
    /// <param name="Critical">Whether it is a critical one.</param>
    /// <param name="Tags">Its tags.</param>
    /// <param name="Right">Whether the answer is right.</param>
    /// <param name="Score">0 to 1.</param>
    /// <param name="Answer">What was written.</param>
    /// <param name="Tokens">Tokens that were written.</param>
    /// <param name="Truncated">Whether it was cut.</param>
    /// <param name="Expected">With <c>choice</c>: the right one, from 0.</param>
    /// <param name="Best">With <c>choice</c>: the most probable one.</param>
    /// <param name="BestByCharacter">With <c>choice</c>: the most probable one by character.</param>
    /// <param name="BestByToken">With <c>choice</c>: the most probable one by token.</param>
    /// <param name="LogLikelihoods">With <c>choice</c>: of each, in nats.</param>
    /// <param name="ChoiceTokens">With <c>choice</c>: tokens of each.</param>
    internal sealed record Result(
        string Id, int Line, bool Critical, IReadOnlyList<string> Tags, bool Right, double Score, string? Answer, int? Tokens, bool? Truncated, int? Expected,
        int? Best, int? BestByCharacter, int? BestByToken, IReadOnlyList<double>? LogLikelihoods, IReadOnlyList<int>? ChoiceTokens);

    /// <param name="Right">Questions that the dense model answered right.</param>
    /// <param name="Accuracy">Their share.</param>
    /// <param name="AccuracyByCharacter">With <c>choice</c>: by character.</param>
    /// <param name="AccuracyByToken">With <c>choice</c>: by token.</param>
    /// <param name="Score">Its mean score.</param>
    /// <param name="Seconds">Time that it took.</param>
    /// <param name="Lost">Questions that it alone answered right.</param>
    /// <param name="Gained">Questions that the model alone answered right.</param>
    /// <param name="Difference">The model's accuracy less the dense one's.</param>
    /// <param name="ScoreDifference">The model's mean score less the dense one's.</param>
    /// <param name="PValue">Of McNemar's exact test.</param>
    /// <param name="Critical">The critical questions; absent if there are none.</param>
    /// <param name="Tags">The questions of each tag.</param>
    /// <param name="Changes">Questions whose answers differ, lost ones first.</param>
    /// <param name="Results">Of each question, by the dense model.</param>
    internal sealed record Dense(
        int Right, IntervalFigures Accuracy, IntervalFigures? AccuracyByCharacter, IntervalFigures? AccuracyByToken, IntervalFigures? Score, double Seconds,
        int Lost, int Gained, IntervalFigures Difference, IntervalFigures? ScoreDifference, double PValue, Pairs? Critical, IReadOnlyList<TagPairs> Tags,
        IReadOnlyList<Change> Changes, IReadOnlyList<Result> Results);

    /// <param name="Items">Questions.</param>
    /// <param name="Lost">Those that the dense model alone answered right.</param>
    /// <param name="Gained">Those that the model alone answered right.</param>
    /// <param name="Difference">Of the accuracies.</param>
    /// <param name="ScoreDifference">Of the mean scores.</param>
    /// <param name="PValue">Of McNemar's exact test.</param>
    internal sealed record Pairs(int Items, int Lost, int Gained, IntervalFigures Difference, IntervalFigures? ScoreDifference, double PValue);

    /// <param name="Tag">The tag.</param>
    /// <param name="Items">Questions.</param>
    /// <param name="Lost">Those that the dense model alone answered right.</param>
    /// <param name="Gained">Those that the model alone answered right.</param>
    /// <param name="Difference">Of the accuracies.</param>
    /// <param name="ScoreDifference">Of the mean scores.</param>
    /// <param name="PValue">Of McNemar's exact test.</param>
    internal sealed record TagPairs(
        string Tag, int Items, int Lost, int Gained, IntervalFigures Difference, IntervalFigures? ScoreDifference, double PValue);

    /// <param name="Id">The question's id.</param>
    /// <param name="Kind"><c>lost</c>, <c>gained</c> or <c>other</c>.</param>
    /// <param name="Critical">Whether it is a critical one.</param>
    /// <param name="Before">The dense model's answer.</param>
    /// <param name="After">The model's answer.</param>
    /// <param name="Numbers">Numbers that differ; absent if none do.</param>
    /// <param name="Negations">Negations that differ.</param>
    /// <param name="Names">Names that differ.</param>
    internal sealed record Change(string Id, string Kind, bool Critical, string Before, string After, Words? Numbers, Words? Negations, Words? Names);

    /// <param name="Gone">What only the dense model's answer has.</param>
    /// <param name="Come">What only the model's answer has.</param>
    internal sealed record Words(IReadOnlyList<string> Gone, IReadOnlyList<string> Come);
}
