using System.Diagnostics;
using DecoupleQ.Evaluation.Tasks;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Answers of a model to a task as they come: kept every few seconds, and found again by a run that is resumed.</summary>
/// <param name="of">In which step, and which model.</param>
/// <param name="earlier">What an earlier run has kept.</param>
/// <param name="keep">Keeps what there is.</param>
internal sealed class AnswerLog(string of, IReadOnlyList<AnsweredTask> earlier, Action<AnsweredTask> keep)
{
    private static readonly TimeSpan BetweenKeeps = TimeSpan.FromSeconds(5);

    private readonly List<AnsweredItem> _items = [.. earlier.FirstOrDefault(task => task.Of == of)?.Items ?? []];
    private long _kept = Stopwatch.GetTimestamp();
    private bool _isKept = true;

    /// <summary>Questions of a task that are answered.</summary>
    public IReadOnlyList<ItemResult> Finished(EvaluationTask task)
    {
        Dictionary<int, TaskItem> items = task.Items.ToDictionary(item => item.Line);
        return [.. _items.Where(answered => items.ContainsKey(answered.Line)).Select(answered => answered.To(items[answered.Line]))];
    }

    /// <summary>Takes an answer; one call at a time.</summary>
    public void Take(ItemResult result)
    {
        _items.Add(AnsweredItem.Of(result));
        _isKept = false;
        if (Stopwatch.GetElapsedTime(_kept) > BetweenKeeps)
        {
            Keep();
        }
    }

    /// <summary>Keeps all of them.</summary>
    public void Keep()
    {
        if (!_isKept)
        {
            keep(new AnsweredTask(of, [.. _items]));
            (_kept, _isKept) = (Stopwatch.GetTimestamp(), true);
        }
    }
}
