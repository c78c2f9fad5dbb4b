using DecoupleQ.Cli.Json;
using DecoupleQ.Pilot.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a pilot into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class PilotEvents(ProgressEvents events) : IProgress<PilotProgress>
{
    // Between two events that tell of nothing new but the share done.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (int Step, string Phase)? _last;
    private TimeSpan _lastTime;

    public void Report(PilotProgress progress)
    {
        bool isNew = _last != (progress.Step, progress.Phase);
        if (!isNew && progress.Elapsed - _lastTime < Interval)
        {
            return;
        }
        (_last, _lastTime) = ((progress.Step, progress.Phase), progress.Elapsed);
        events.Write(events.Now(isNew ? "phase" : "progress") with
        {
            Phase = progress.Phase,
            Setting = progress.Setting,
            Step = progress.Step,
            Steps = progress.Steps,
            Fraction = progress.Fraction,
            RemainingSeconds = progress.Remaining?.TotalSeconds,
        });
    }
}
