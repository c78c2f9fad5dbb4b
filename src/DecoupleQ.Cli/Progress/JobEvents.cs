using DecoupleQ.Cli.Json;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Turns the progress of a quantization into events.</summary>
/// <param name="events">Where they go.</param>
internal sealed class JobEvents(ProgressEvents events) : IProgress<JobProgress>
{
    // Between two events that tell of nothing new but the share done.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private (int Block, string Phase, string? Layer)? _last;
    private TimeSpan _lastTime;

    public void Report(JobProgress progress)
    {
        (int Block, string Phase, string? Layer) now = (progress.Block, progress.Phase, progress.Layer);
        string name = progress.Finished is not null ? "block"
            : _last?.Block != now.Block || _last?.Phase != now.Phase ? "phase"
            : _last?.Layer != now.Layer ? "layer"
            : "progress";
        if (name == "progress" && progress.Elapsed - _lastTime < Interval)
        {
            return;
        }
        (_last, _lastTime) = (now, progress.Elapsed);
        events.Write(events.Now(name) with
        {
            Phase = progress.Phase,
            Layer = progress.Layer,
            Block = progress.Block,
            Blocks = progress.Blocks,
            Fraction = progress.Fraction,
            RemainingSeconds = progress.Remaining?.TotalSeconds,
            Phases = [.. progress.Phases.Select(phase => new ProgressEvent.PhaseOf(phase.Phase, phase.Fraction, phase.Remaining?.TotalSeconds))],
            MeanRelativeLoss = progress.Finished is { Layers.Count: > 0 } block ? block.Layers.Average(layer => layer.RelativeLoss) : null,
            HeldOutBefore = progress.Finished?.Training?.HeldOutBefore,
            HeldOutAfter = progress.Finished?.Training?.HeldOutAfter,
            Kept = progress.Finished?.Training?.Kept,
        });
    }
}
