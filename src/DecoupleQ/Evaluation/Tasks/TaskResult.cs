using DecoupleQ.Statistics;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>How probable a model finds an answer that it is given.</summary>
/// <param name="LogLikelihood">The sum of its tokens' log-probabilities in nats, at most 0.</param>
/// <param name="Tokens">Its tokens, at least 1.</param>
/// <param name="Characters">Its characters (Unicode code points) without what stands before it.</param>
public readonly record struct ChoiceScore(double LogLikelihood, int Tokens, int Characters);

/// <summary>Which of several answers a model finds the most probable; of equal ones the first.</summary>
/// <param name="Scores">Of each choice.</param>
/// <param name="Best">By <see cref="ChoiceScore.LogLikelihood"/>.</param>
/// <param name="BestByCharacter">By that divided by the characters, as <c>acc_norm</c> of lm-evaluation-harness.</param>
/// <param name="BestByToken">By that divided by the tokens.</param>
public sealed record ChoiceResult(IReadOnlyList<ChoiceScore> Scores, int Best, int BestByCharacter, int BestByToken);

/// <summary>What a model made of a question.</summary>
/// <param name="Item">The question.</param>
/// <param name="Score">From 0 to 1; only of <see cref="TaskMetric.RougeL"/> and <see cref="TaskMetric.JsonFields"/> something between.</param>
/// <param name="IsRight">Whether it counts as right.</param>
public sealed record ItemResult(TaskItem Item, double Score, bool IsRight)
{
    /// <summary>What was written, without reasoning before it; null with <see cref="TaskMetric.Choice"/>.</summary>
    public string? Answer { get; init; }

    /// <summary>Tokens that were written, reasoning included.</summary>
    public int Tokens { get; init; }

    /// <summary>Whether it was cut: by the limit of tokens, or by the end of the model's context.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>With <see cref="TaskMetric.Choice"/>.</summary>
    public ChoiceResult? Choice { get; init; }
}

/// <summary>Some questions together.</summary>
/// <param name="Items">How many.</param>
/// <param name="Right">How many of them were answered right.</param>
/// <param name="Accuracy">Their share, with Wilson's 95 % interval.</param>
/// <param name="Score">The mean score, with a 95 % interval of resampled items; null of metrics that know right and wrong alone.</param>
public sealed record TaskTotals(int Items, int Right, Estimate Accuracy, Estimate? Score)
{
    internal static TaskTotals Of(IReadOnlyCollection<ItemResult> items, bool isGraded)
    {
        int right = items.Count(item => item.IsRight);
        Estimate? score = isGraded
            ? Bootstrap.Estimate([.. items.Select(item => new double[] { item.Score, 1 })], sums => sums[0] / sums[1])[0]
            : null;
        return new TaskTotals(items.Count, right, Proportions.Of(right, items.Count), score);
    }
}

/// <summary>What a model made of a task.</summary>
public sealed class TaskResult
{
    /// <summary>Sums up what a model made of each question.</summary>
    /// <param name="metric">How answers were judged.</param>
    /// <param name="items">Of each question, in the order of the task.</param>
    /// <param name="elapsed">Time taken, loading excluded.</param>
    public TaskResult(TaskMetric metric, IReadOnlyList<ItemResult> items, TimeSpan elapsed)
    {
        ArgumentNullException.ThrowIfNull(items);
        (Metric, Items, Elapsed) = (metric, items, elapsed);
        bool isGraded = IsGraded(metric);
        Totals = TaskTotals.Of(items, isGraded);
        Critical = TaskTotals.Of([.. items.Where(item => item.Item.IsCritical)], isGraded);
        ByTag =
        [
            .. items.SelectMany(item => item.Item.Tags.Select(tag => (Tag: tag, Item: item)))
                .GroupBy(pair => pair.Tag, pair => pair.Item, StringComparer.Ordinal)
                .Select(group => KeyValuePair.Create(group.Key, TaskTotals.Of([.. group], isGraded))),
        ];
    }

    /// <summary>How answers were judged.</summary>
    public TaskMetric Metric { get; }

    /// <summary>Of each question, in the order of the task.</summary>
    public IReadOnlyList<ItemResult> Items { get; }

    /// <summary>Time taken, loading excluded.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>All questions.</summary>
    public TaskTotals Totals { get; }

    /// <summary>The critical questions alone.</summary>
    public TaskTotals Critical { get; }

    /// <summary>The questions of each tag, in the order in which tags first occur.</summary>
    public IReadOnlyList<KeyValuePair<string, TaskTotals>> ByTag { get; }

    /// <summary>With <see cref="TaskMetric.Choice"/>: accuracy of the most probable choice by character (<c>acc_norm</c>); else null.</summary>
    public Estimate? AccuracyByCharacter => Share(choice => choice.BestByCharacter);

    /// <summary>With <see cref="TaskMetric.Choice"/>: accuracy of the most probable choice by token; else null.</summary>
    public Estimate? AccuracyByToken => Share(choice => choice.BestByToken);

    internal static bool IsGraded(TaskMetric metric) => metric is TaskMetric.RougeL or TaskMetric.JsonFields;

    private Estimate? Share(Func<ChoiceResult, int> best) => Metric == TaskMetric.Choice
        ? Proportions.Of(Items.Count(item => best(item.Choice!) == item.Item.RightChoice), Items.Count)
        : null;
}
