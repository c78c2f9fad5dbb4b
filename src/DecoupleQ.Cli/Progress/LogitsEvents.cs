using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of writing logits into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class LogitsEvents(ProgressEvents events) : IProgress<LogitsProgress>
{
    public void Report(LogitsProgress progress) => events.Write(events.Now("progress") with
    {
        Phase = "running",
        Layer = progress.Sequence,
        Fraction = (double)progress.Tokens / progress.TotalTokens,
    });
}
