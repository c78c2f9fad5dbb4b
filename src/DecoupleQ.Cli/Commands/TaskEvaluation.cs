using System.CommandLine;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Commands;

/// <summary>Answers a task with one or two models, one after the other.</summary>
/// <param name="context">What a command works with.</param>
/// <param name="parse">The command line.</param>
/// <param name="options">The options of the task.</param>
/// <param name="progress">How progress is shown.</param>
internal sealed class TaskEvaluation(ToolContext context, ParseResult parse, TaskEvaluationOptions options, ProgressMode progress) : IDisposable
{
    private readonly SpooledInput _input = new([parse.GetRequiredValue(options.File)], options.File.Name, context.Cancellation);

    /// <summary>Reads the task.</summary>
    /// <exception cref="DecoupleQException">It cannot be used.</exception>
    public EvaluationTask Read() => _input.WhileReading(() => options.Read(parse, _input.Paths[0]));

    /// <summary>Makes it ready for a model.</summary>
    /// <param name="task">The task.</param>
    /// <param name="model">The model.</param>
    /// <param name="keyValues">How keys and values are kept.</param>
    /// <exception cref="DecoupleQException">A question does not fit the model.</exception>
    public TaskRun Prepare(EvaluationTask task, LanguageModel model, KeyValueFormat keyValues) => _input.WhileReading(
        () => TaskRun.Prepare(model, task, options.Options(parse, task, model, keyValues), context.Cancellation));

    /// <summary>Answers it.</summary>
    /// <param name="run">The task before a model.</param>
    /// <param name="what">Which model.</param>
    public TaskResult Run(TaskRun run, string what)
    {
        TaskProgress? last = null;
        context.Interruption.Kept = () => last is TaskProgress reached ? TaskProgressText.SoFar(what, reached) : null;
        return ProgressDisplay.Run(
            context.Terminal,
            progress,
            new TaskEvents(context.Events, what),
            what,
            TaskProgressText.Describe(what),
            (IProgress<TaskProgress> shown) => run.RunAsync(
                new NotedProgress<TaskProgress>(shown, reached => last = reached), context.Cancellation).GetAwaiter().GetResult());
    }

    public void Dispose() => _input.Dispose();
}
