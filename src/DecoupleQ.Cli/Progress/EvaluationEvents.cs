using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of an evaluation into events.</summary>
/// <param name="events">Where they go.</param>
/// <param name="phase">What is evaluated.</param>
internal sealed class EvaluationEvents(ProgressEvents events, string phase) : IProgress<EvaluationProgress>
{
    public void Report(EvaluationProgress progress) => events.Write(events.Now("progress") with
    {
        Phase = phase,
        Windows = progress.Windows,
        TotalWindows = progress.TotalWindows,
        Perplexity = progress.Perplexity,
        Fraction = (double)progress.Windows / progress.TotalWindows,
    });
}
