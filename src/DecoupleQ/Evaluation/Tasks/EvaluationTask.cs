using DecoupleQ.Storage;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>Questions whose right answers are known, and how answers are judged.</summary>
public sealed class EvaluationTask
{
    private EvaluationTask(string path, TaskMetric metric, TaskMetricOptions options, IReadOnlyList<TaskItem> items) =>
        (Path, Metric, Options, Items) = (path, metric, options, items);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How answers are judged.</summary>
    public TaskMetric Metric { get; }

    /// <summary>What the metric takes.</summary>
    public TaskMetricOptions Options { get; }

    /// <summary>The questions, at least one, in the order of the file.</summary>
    public IReadOnlyList<TaskItem> Items { get; }

    /// <summary>
    /// Reads a task: UTF-8, a JSON object a line; empty lines are left out. A line has a <c>prompt</c> or <c>messages</c>; <c>choices</c> with the place of the
    /// right one, from 0, in <c>expected</c>, or what is accepted in <c>expected</c>; and perhaps <c>id</c>, <c>tags</c> and <c>critical</c>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="metric">How answers are judged.</param>
    /// <param name="options">What the metric takes; the defaults if null.</param>
    /// <exception cref="DecoupleQException">
    /// The file cannot be read, has no items, or a line is none, has a field that is not known, or an id that another has too: file, line and field are named.
    /// </exception>
    public static EvaluationTask Read(string path, TaskMetric metric, TaskMetricOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        OptionRange.Named<TaskMetric>().Require(metric, nameof(metric));
        options = (options ?? new()).Checked();
        var reader = new TaskLine(path, metric, options);
        var items = new List<TaskItem>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        int line = 0;
        foreach (string json in TextFile.Read(path).Split('\n'))
        {
            line++;
            if (string.IsNullOrWhiteSpace(json))
            {
                continue;
            }
            TaskItem item = reader.Read(json, line);
            if (!lines.TryAdd(item.Id, line))
            {
                throw new DecoupleQException(
                    $"'{item.Id}' is that of line {lines[item.Id]} too.", path, TaskLine.Where(line, "id"),
                    "an id of its own; a line without one has its number");
            }
            items.Add(item);
        }
        return items.Count > 0
            ? new EvaluationTask(path, metric, options, items)
            : throw new DecoupleQException("The file has no items.", path, expected: "a JSON object a line");
    }

    /// <summary>A part of the task.</summary>
    /// <param name="isKept">Which items.</param>
    /// <exception cref="ArgumentException">None is kept.</exception>
    public EvaluationTask Where(Func<TaskItem, bool> isKept)
    {
        ArgumentNullException.ThrowIfNull(isKept);
        TaskItem[] kept = [.. Items.Where(isKept)];
        return kept.Length > 0 ? new EvaluationTask(Path, Metric, Options, kept) : throw new ArgumentException("No item is kept.", nameof(isKept));
    }
}
