using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Risk;

namespace DecoupleQ.Pilot.Tests;

/// <summary>What a result says of two models' answers.</summary>
public sealed class TaskPartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Critical_questions_of_both_halves_are_counted_and_all_flips_are_there_in_one_order()
    {
        EvaluationTask task = Task(Enumerable.Range(0, 300).Select(i => (IsCritical: i % 100 == 7, Tag: i % 2 == 0 ? "even" : "odd")));
        // The even ones are of the half that judges: one of the critical ones, 7, 107 and 207, is none of them.
        var asked = AskedTask.Of(task, task.Items, task.Items.Where(item => item.Line % 2 == 0));
        Assert.Equal((150, 150), (asked.Items, asked.Task.Items.Count));
        asked = AskedTask.Of(task, task.Items, task.Items.Where(item => item.Line % 2 == 1));
        Assert.Equal((150, 153), (asked.Items, asked.Task.Items.Count));

        TaskResult before = Answers(asked.Task, item => (true, "5 mg by Tom")), after = Answers(asked.Task, item => item.Line switch
        {
            8 or 1 => (false, "6 mg by Tom"),
            3 => (false, "5 mg, by Ann"),
            5 => (true, "7 mg by Tom"),
            _ => (item.Line <= 100, "5 mg by Tom"),
        });
        TaskPart part = TaskParts.Of(asked, before, after, ["--stop", "x"]);
        Assert.Equal((150, 3, 3), (part.Items, part.Critical, part.CriticalLost));
        // Of those that count: 1, 3, and those from 101 on.
        Assert.Equal(2 + 100, part.Lost);
        Assert.Equal(part.Lost + part.CriticalLost, part.Flips.Count);
        Assert.Equal(["8", "108", "208", "1", "3", "101"], part.Flips.Take(6).Select(pair => pair.Id));
        Assert.Equal([true, true, true, false], part.Flips.Take(4).Select(pair => pair.IsOfChoosingHalf));
        Assert.Equal(["-5", "+6"], part.Flips[0].Numbers);
        Assert.Equal("5", Assert.Single(part.Changed).Id);
        Assert.Equal(12, part.Samples.Count);
        Assert.Empty(part.Samples.Select(pair => pair.Id).Intersect(part.Flips.Concat(part.Changed).Select(pair => pair.Id)));
        Assert.Equal(["--stop", "x"], part.Options);
    }

    [Fact]
    public void The_loss_by_tag_is_a_slice_with_an_interval()
    {
        EvaluationTask task = Task(Enumerable.Range(0, 120).Select(i => (false, i < 40 ? "dose" : "other")));
        var asked = AskedTask.Of(task, task.Items, task.Items);
        TaskPart part = TaskParts.Of(
            asked, Answers(task, _ => (true, "a")), Answers(task, item => (item.Line > 40 || item.Line % 2 == 0, item.Line <= 40 ? "a a" : "a")), []);
        Assert.Equal(["dose", "other"], part.Tags.Select(tag => tag.Name.Value));
        Assert.Equal((40, 0.5, true), (part.Tags[0].Items, part.Tags[0].Difference.Value, part.Tags[0].StandsOut));
        Assert.InRange(part.Tags[0].Difference.Low!.Value, 0.2, 0.5);
        // Nothing flipped is not nothing known.
        Assert.Equal((0.0, false), (part.Tags[1].Difference.Value, part.Tags[1].StandsOut));
        Assert.True(part.Tags[1].Difference.High > 0);
    }

    [Fact]
    public void Answers_that_repeat_themselves_or_say_nothing_are_told()
    {
        Assert.Equal(0, AnswerWriting.RepetitionOf("one two three"));
        Assert.Equal(0, AnswerWriting.RepetitionOf("one two three four five"));
        // Of nine runs five are there already.
        Assert.Equal(5 / 9.0, AnswerWriting.RepetitionOf("one two three four, one two three four. One two three four!"), 1e-12);
        EvaluationTask task = Task(Enumerable.Repeat((false, "t"), 20));
        WritingFigures writing = TaskParts.Of(
            AskedTask.Of(task, task.Items, task.Items), Answers(task, _ => (true, "a b c d")),
            Answers(task, item => (true, item.Line <= 5 ? " " : "a a a a a a")), []).Writing!;
        Assert.Equal((0.0, 0.25), (writing.DenseEmpty.Value, writing.PackedEmpty.Value));
        Assert.Equal((0.0, 0.75 * 2 / 3), (writing.DenseRepetition.Value, Math.Round(writing.PackedRepetition.Value, 12)));
    }

    [Fact]
    public void Answers_are_found_again_by_a_run_that_is_resumed()
    {
        EvaluationTask task = Task(Enumerable.Repeat((false, "t"), 3));
        List<AnsweredTask> kept = [];
        var log = new AnswerLog("judge dense", kept, kept.Add);
        ItemResult[] results = [.. Answers(task, item => (item.Line == 2, $"answer {item.Line}")).Items];
        log.Take(results[2]);
        log.Take(results[0]);
        log.Keep();
        log.Keep();
        Assert.Equal([results[2], results[0]], new AnswerLog("judge dense", [Assert.Single(kept)], kept.Add).Finished(task));
        Assert.Empty(new AnswerLog("judge packed", kept, kept.Add).Finished(task));
    }

    private static TaskResult Answers(EvaluationTask task, Func<TaskItem, (bool IsRight, string Text)> answer) => new(
        task.Metric,
        [.. task.Items.Select(item => new ItemResult(item, answer(item).IsRight ? 1 : 0, answer(item).IsRight) { Answer = answer(item).Text })],
        TimeSpan.Zero);

    private EvaluationTask Task(IEnumerable<(bool IsCritical, string Tag)> items) => EvaluationTask.Read(
        _folder.Write("task.jsonl", string.Join('\n', items.Select((item, i) =>
            $$"""{"prompt": "Question {{i + 1}}:", "expected": "a", "tags": ["{{item.Tag}}"], "critical": {{(item.IsCritical ? "true" : "false")}}}"""))),
        TaskMetric.Contains);
}
