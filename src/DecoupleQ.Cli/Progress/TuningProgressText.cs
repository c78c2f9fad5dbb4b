using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a tuning.</summary>
internal static class TuningProgressText
{
    private const int Milestones = 20;

    /// <summary>Words for a tuning that begins now.</summary>
    public static Func<TuningProgress, ProgressState> Describe()
    {
        TuningCheck? last = null;
        return progress =>
        {
            last = progress.Check ?? last;
            string[] left = progress.Remaining is TimeSpan remaining ? [Figures.Left(remaining)] : [];
            string[] loss = progress.Loss is double training ? [$"loss {Figures.Nats(training)}"] : [];
            string[] heldOut = last is null ? [] : [$"held out {Figures.Nats(last.HeldOutLoss)} after {Figures.Count(last.Step)}"];
            string what = progress.Phase switch
            {
                "load" => "loading",
                "generate" => "the dense model writes",
                "dense" => "the dense model reads",
                "write" => "writing",
                _ => $"step {Figures.Count(progress.Step)} of {Figures.Count(progress.Steps)}",
            };
            return new(
                progress.Fraction,
                [.. left, what, .. loss, .. heldOut],
                (int)(progress.Fraction * Milestones),
                $"tuning: {string.Join(", ", [what, .. loss, .. heldOut, .. left])}");
        };
    }
}
