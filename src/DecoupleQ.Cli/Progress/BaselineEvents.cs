using DecoupleQ.Server.Baselines;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a baseline into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class BaselineEvents(ProgressEvents events) : IProgress<BaselineProgress>
{
    public void Report(BaselineProgress progress) => events.Write(events.Now("progress") with
    {
        Phase = "answering",
        Fraction = (double)progress.Answered / progress.Requests,
    });
}
