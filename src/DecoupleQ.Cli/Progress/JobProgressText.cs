using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a quantization.</summary>
internal static class JobProgressText
{
    // The peak is asked of the system, which takes longer than a step of a small job.
    private static readonly TimeSpan PeakInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Words for one job.</summary>
    public static Func<JobProgress, ProgressState> Describe()
    {
        (TimeSpan Time, long Bytes) peak = (TimeSpan.MinValue, 0);
        return progress =>
        {
            if (peak.Bytes == 0 || progress.Elapsed - peak.Time >= PeakInterval)
            {
                peak = (progress.Elapsed, ResidentMemory.Peak());
            }
            return Describe(progress, peak.Bytes);
        };
    }

    private static ProgressState Describe(JobProgress progress, long peakBytes)
    {
        string block = progress.Block == 0 ? "start" : $"block {progress.Block} of {progress.Blocks}";
        string[] left = progress.Remaining is TimeSpan remaining ? [Figures.Left(remaining)] : [];
        return new(
            progress.Fraction,
            [.. left, block, $"peak memory {Figures.Size(peakBytes)}"],
            progress.Block,
            string.Join(", ", [block, $"{Math.Floor(progress.Fraction * 100):0} %", .. left]))
        {
            Parts = [.. progress.Phases.Select(phase => Describe(phase, progress))],
        };
    }

    private static ProgressPart Describe(PhaseProgress phase, JobProgress job)
    {
        string[] left = phase.Remaining is TimeSpan remaining && phase.Fraction < 1 ? [Figures.Left(remaining)] : [];
        string[] now = phase.Phase == job.Phase ? [job.Layer ?? "now"] : [];
        return new(phase.Phase, phase.Fraction, [.. left, .. now]);
    }
}
