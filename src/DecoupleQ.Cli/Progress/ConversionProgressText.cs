using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a conversion.</summary>
internal static class ConversionProgressText
{
    private const int Milestones = 10;

    /// <summary>Words for a conversion that begins now; the time left is that of the bytes so far.</summary>
    public static Func<ConversionProgress, ProgressState> Describe()
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Bytes / Math.Max(1, progress.TotalBytes);
            // Tensors without elements may come first.
            string[] left = progress.Bytes == 0 ? [] : [Figures.Left(elapsed.Elapsed, fraction)];
            string amount = $"{Figures.Size(progress.Bytes)} of {Figures.Size(progress.TotalBytes)}";
            return new(
                fraction,
                [.. left, amount, progress.Tensor],
                (int)(fraction * Milestones),
                $"converting: {string.Join(", ", [amount, .. left])}");
        };
    }
}
