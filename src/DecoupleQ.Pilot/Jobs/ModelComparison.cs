using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>The dense model and a packed one on one half of the test. Both are in memory as long as it lives.</summary>
internal sealed class ModelComparison : IDisposable
{
    private readonly PilotInput _input;
    private readonly PilotMeter _meter;
    private readonly CancellationToken _cancellation;

    public ModelComparison(PilotInput input, string packed, PilotMeter meter, CancellationToken cancellationToken)
    {
        (_input, _meter, _cancellation) = (input, meter, cancellationToken);
        LanguageModelOptions loading = new() { Threads = input.Options.Quantization.Threads };
        Dense = LanguageModel.Load(input.Dense, loading, cancellationToken);
        try
        {
            Packed = LanguageModel.Load(packed, loading, cancellationToken);
        }
        catch
        {
            Dense.Dispose();
            throw;
        }
    }

    /// <summary>The dense model.</summary>
    public LanguageModel Dense { get; }

    /// <summary>The packed model.</summary>
    public LanguageModel Packed { get; }

    /// <summary>Measures both on windows of text.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="finished">What an earlier run has measured.</param>
    /// <param name="onWindow">Told of each window that is measured.</param>
    /// <param name="setting">The setting, for the progress.</param>
    public IReadOnlyList<WindowFigures> OnText(
        IReadOnlyList<TestWindow> windows, IReadOnlyList<WindowFigures> finished, Action<WindowFigures> onWindow, string? setting) =>
        QualityMeasurement.Measure(Dense, Packed, windows, finished, onWindow, _meter.Steps("measuring", setting), _cancellation);

    /// <summary>Has both answer a task.</summary>
    /// <param name="asked">The questions; null for none.</param>
    /// <param name="answers">What is answered already, by model, and takes what is answered.</param>
    /// <param name="setting">The setting, for the progress.</param>
    /// <returns>What came of it; null without a task.</returns>
    public TaskPart? OnTask(AskedTask? asked, Func<string, AnswerLog> answers, string? setting)
    {
        if (asked is null)
        {
            return null;
        }
        TaskResult before = Answer(Dense, asked.Task, answers("dense"), setting), after = Answer(Packed, asked.Task, answers("packed"), setting);
        return TaskParts.Of(asked, before, after, _input.Options.AskingWords);
    }

    public void Dispose()
    {
        Packed.Dispose();
        Dense.Dispose();
    }

    private TaskResult Answer(LanguageModel model, EvaluationTask task, AnswerLog log, string? setting)
    {
        TaskResult result = TaskRun.Prepare(model, task, _input.Options.Asking(model), _cancellation)
            .RunAsync(log.Finished(task), log.Take, _meter.Items("answering", setting), _cancellation).GetAwaiter().GetResult();
        log.Keep();
        return result;
    }
}
