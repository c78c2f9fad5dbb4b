using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Statistics;

namespace DecoupleQ.Tests.Evaluation.Tasks;

public sealed class TaskComparisonTests
{
    [Fact]
    public void Two_equal_results_have_no_changes()
    {
        TaskResult result = Result(TaskMetric.Contains, (true, "Paris"), (false, "none"), (true, "5"));
        TaskComparison comparison = TaskComparison.Of(result, result);
        Assert.Empty(comparison.Changes);
        Assert.Equal((0, 0, 1.0), (comparison.Totals.Lost, comparison.Totals.Gained, comparison.Totals.PValue));
        Assert.Equal(0, comparison.Totals.Accuracy.Value);
        Assert.True(comparison.Totals.Accuracy.Low < 0 && comparison.Totals.Accuracy.High > 0);
        Assert.Null(comparison.Totals.Score);
    }

    [Fact]
    public void Flips_of_both_directions_are_counted_and_tested()
    {
        TaskResult before = Result(TaskMetric.Exact, (true, "a"), (true, "b"), (true, "c"), (true, "d"), (false, "e"), (true, "f"));
        TaskResult after = Result(TaskMetric.Exact, (false, "x"), (false, "x"), (false, "x"), (true, "d"), (true, "x"), (true, "y"));
        TaskComparison comparison = TaskComparison.Of(before, after);
        Assert.Equal((6, 3, 1), (comparison.Totals.Items, comparison.Totals.Lost, comparison.Totals.Gained));
        Assert.Equal(-2.0 / 6, comparison.Totals.Accuracy.Value, 1e-12);
        Assert.Equal(Proportions.PairedDifference(2, 3, 1, 0), comparison.Totals.Accuracy);
        // Twice the probability of at most one of four: 2 (1 + 4) / 16.
        Assert.Equal(0.625, comparison.Totals.PValue, 1e-12);
        Assert.Equal([true, true, true, false], comparison.Flips.Select(change => change.IsLost));
        // What is as right as before, but not the same, comes last.
        Assert.Equal(["1", "2", "3", "5", "6"], comparison.Changes.Select(change => change.Item.Id));
    }

    [Fact]
    public void Critical_ones_come_first_then_those_whose_words_say_something_else()
    {
        (bool, string)[] before = [(true, "It is so."), (true, "It is safe, 5 mg."), (true, "It is safe."), (true, "a b"), (true, "Yes.")];
        (bool, string)[] after = [(false, "So it is."), (false, "It is not safe, 50 mg."), (false, "It is not safe."), (false, "a c"), (false, "Yes, yes.")];
        TaskComparison comparison = TaskComparison.Of(
            Result(TaskMetric.Contains, item => item with { IsCritical = item.Line == 4 }, before),
            Result(TaskMetric.Contains, item => item with { IsCritical = item.Line == 4 }, after));
        Assert.Equal(["4", "2", "3", "1", "5"], comparison.Changes.Select(change => change.Item.Id));
        Assert.Equal([0, 2, 1, 0, 0], comparison.Changes.Select(change => change.Difference!.Kinds));
        Assert.Equal((1, 1, 0), (comparison.Critical.Items, comparison.Critical.Lost, comparison.Critical.Gained));
    }

    [Fact]
    public void There_is_one_order_critical_then_lost_then_gained_and_within_these_numbers_negations_and_names()
    {
        (bool, string)[] before =
            [(true, "It is so."), (false, "5 mg"), (true, "5 mg"), (true, "It is safe."), (true, "By Tom."), (false, "x"), (true, "5 mg")];
        (bool, string)[] after =
            [(true, "So it is."), (true, "6 mg"), (true, "7 mg"), (false, "It is not safe."), (false, "By Ann."), (true, "y"), (false, "8 mg")];
        TaskComparison comparison = TaskComparison.Of(
            Result(TaskMetric.Contains, item => item with { IsCritical = item.Line == 6 }, before),
            Result(TaskMetric.Contains, item => item with { IsCritical = item.Line == 6 }, after));
        Assert.Equal(["6", "7", "4", "5", "2", "3", "1"], comparison.Changes.Select(change => change.Item.Id));
    }

    [Fact]
    public void Each_tag_has_its_own_figures()
    {
        static TaskItem Tagged(TaskItem item) => item with { Tags = item.Line <= 2 ? ["first", "all"] : ["all"] };
        TaskComparison comparison = TaskComparison.Of(
            Result(TaskMetric.Exact, Tagged, (true, "a"), (false, "b"), (false, "c")),
            Result(TaskMetric.Exact, Tagged, (false, "x"), (false, "b"), (true, "x")));
        Assert.Equal(["first", "all"], comparison.ByTag.Select(tag => tag.Key));
        Assert.Equal([(2, 1, 0), (3, 1, 1)], comparison.ByTag.Select(tag => (tag.Value.Items, tag.Value.Lost, tag.Value.Gained)));
    }

    [Fact]
    public void Scores_are_compared_in_pairs()
    {
        var random = new Random(2);
        double[] before = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        // All of them lower by a fifth: by pairs there is nothing that varies but that.
        TaskResult Scored(Func<double, double> change) => new(
            TaskMetric.RougeL, [.. before.Select((score, i) => new ItemResult(Item(i), change(score), change(score) >= 0.5) { Answer = "a" })], TimeSpan.Zero);
        TaskComparison comparison = TaskComparison.Of(Scored(score => score), Scored(score => score * 0.8));
        Estimate difference = comparison.Totals.Score!.Value;
        Assert.Equal(-0.2 * before.Average(), difference.Value, 1e-9);
        // A fifth of the standard error of the scores, twice on either side.
        double error = 0.2 * Math.Sqrt(before.Sum(score => Math.Pow(score - before.Average(), 2)) / 200 / 200);
        Assert.Equal(4 * error, difference.High!.Value - difference.Low!.Value, error);
    }

    [Fact]
    public void Choices_change_with_their_best_one()
    {
        static TaskResult Chosen(params int[] best) => new(
            TaskMetric.Choice,
            [.. best.Select((choice, i) => new ItemResult(Item(i) with { Choices = ["a", "b", "c"], RightChoice = 1 }, choice == 1 ? 1 : 0, choice == 1)
            {
                Choice = new ChoiceResult([new(-1, 1, 1), new(-2, 1, 1), new(-3, 1, 1)], choice, 1, choice),
            })],
            TimeSpan.Zero);
        TaskResult before = Chosen(1, 0, 0, 1), after = Chosen(1, 1, 2, 0);
        TaskComparison comparison = TaskComparison.Of(before, after);
        Assert.Equal(["4", "2", "3"], comparison.Changes.Select(change => change.Item.Id));
        Assert.All(comparison.Changes, change => Assert.Null(change.Difference));
        Assert.Equal((1, 1), (comparison.Totals.Lost, comparison.Totals.Gained));
        Assert.Equal((1.0, 0.5), (before.AccuracyByCharacter!.Value.Value, before.AccuracyByToken!.Value.Value));
    }

    [Fact]
    public void Results_of_other_questions_are_not_compared()
    {
        TaskResult result = Result(TaskMetric.Exact, (true, "a"));
        Assert.Throws<ArgumentException>(() => TaskComparison.Of(result, Result(TaskMetric.Exact, (true, "a"), (true, "b"))));
        Assert.Throws<ArgumentException>(() => TaskComparison.Of(result, Result(TaskMetric.Contains, (true, "a"))));
        Assert.Throws<ArgumentException>(() => TaskComparison.Of(result, Result(TaskMetric.Exact, item => item with { Id = "x" }, (true, "a"))));
    }

    private static TaskItem Item(int index) => new() { Line = index + 1, Id = $"{index + 1}" };

    private static TaskResult Result(TaskMetric metric, params (bool IsRight, string Answer)[] answers) => Result(metric, item => item, answers);

    private static TaskResult Result(TaskMetric metric, Func<TaskItem, TaskItem> change, params (bool IsRight, string Answer)[] answers) => new(
        metric,
        [.. answers.Select((answer, i) => new ItemResult(change(Item(i)), answer.IsRight ? 1 : 0, answer.IsRight) { Answer = answer.Answer })],
        TimeSpan.Zero);
}
