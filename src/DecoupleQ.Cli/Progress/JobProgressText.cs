using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a quantization.</summary>
internal static class JobProgressText
{
    public static ProgressState Describe(JobProgress progress)
    {
        string block = progress.Block == 0 ? "start" : $"block {progress.Block} of {progress.Blocks}";
        string left = progress.Remaining is TimeSpan remaining ? $", about {Figures.About(remaining)} left" : "";
        string layer = progress.Layer is null ? "" : " " + progress.Layer;
        return new(
            progress.Fraction,
            $"{block}: {progress.Phase}{layer}{left}",
            progress.Block,
            $"{block}, {Math.Floor(progress.Fraction * 100):0} %{left}");
    }
}
