using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a tuning into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class TuningEvents(ProgressEvents events) : IProgress<TuningProgress>
{
    public void Report(TuningProgress progress) => events.Write(events.Now(progress.Check is null ? "progress" : "check") with
    {
        Phase = progress.Phase,
        Step = progress.Step,
        Steps = progress.Steps,
        Fraction = progress.Fraction,
        RemainingSeconds = progress.Remaining?.TotalSeconds,
        Loss = progress.Loss,
        HeldOutLoss = progress.Check?.HeldOutLoss,
    });
}
