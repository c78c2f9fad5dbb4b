using DecoupleQ.Evaluation.Tasks;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a task into events.</summary>
/// <param name="events">Where they go.</param>
/// <param name="phase">Which model answers.</param>
internal sealed class TaskEvents(ProgressEvents events, string phase) : IProgress<TaskProgress>
{
    public void Report(TaskProgress progress) => events.Write(events.Now("progress") with
    {
        Phase = phase,
        Items = progress.Items,
        TotalItems = progress.TotalItems,
        Right = progress.Right,
        Fraction = (double)progress.Items / progress.TotalItems,
    });
}
