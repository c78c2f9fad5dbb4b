using DecoupleQ.Evaluation.Tasks;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Questions that are put to models: those of a half of the test, and critical ones of the other, as all of these are judged.</summary>
internal sealed class AskedTask
{
    private readonly HashSet<int> _counted;

    private AskedTask(EvaluationTask task, HashSet<int> counted) => (Task, _counted) = (task, counted);

    /// <summary>All of them, in the order of the file.</summary>
    public EvaluationTask Task { get; }

    /// <summary>How many count for the accuracy.</summary>
    public int Items => _counted.Count;

    /// <summary>Those of a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="kept">Its questions that may be put.</param>
    /// <param name="half">Those of them that count, at least one.</param>
    public static AskedTask Of(EvaluationTask task, IEnumerable<TaskItem> kept, IEnumerable<TaskItem> half)
    {
        HashSet<int> counted = [.. half.Select(item => item.Line)], put = [.. kept.Where(item => item.IsCritical).Select(item => item.Line), .. counted];
        return new(task.Where(item => put.Contains(item.Line)), counted);
    }

    /// <summary>Whether a question counts for the accuracy.</summary>
    public bool Counts(TaskItem item) => _counted.Contains(item.Line);
}
