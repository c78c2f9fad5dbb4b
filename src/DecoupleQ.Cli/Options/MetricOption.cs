using DecoupleQ.Evaluation.Tasks;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a metric of tasks.</summary>
internal sealed class MetricOption()
    : NamedOption<TaskMetric>("--metric", "How answers to the task are judged (docs/evaluation.md defines them)", Metrics, defaultValue: null)
{
    private static readonly (string Name, TaskMetric Metric)[] Metrics =
    [
        ("exact", TaskMetric.Exact), ("contains", TaskMetric.Contains), ("choice", TaskMetric.Choice), ("regex", TaskMetric.Regex),
        ("number", TaskMetric.Number), ("rouge-l", TaskMetric.RougeL), ("json-fields", TaskMetric.JsonFields),
    ];

    /// <summary>The name of a metric, as it is typed.</summary>
    public static string NameOf(TaskMetric metric) => Metrics.Single(known => known.Metric == metric).Name;
}
