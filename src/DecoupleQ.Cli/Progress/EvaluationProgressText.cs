using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of an evaluation.</summary>
internal static class EvaluationProgressText
{
    private const int Milestones = 10;

    /// <summary>A sentence for what an evaluation that ended early has found.</summary>
    public static string SoFar(EvaluationProgress progress) =>
        $"The perplexity of the first {progress.Windows} of {progress.TotalWindows} windows is {Figures.Perplexity(progress.Perplexity)}.";

    /// <summary>Words for what is evaluated from now on; the time left is that of the windows so far.</summary>
    public static Func<EvaluationProgress, ProgressState> Describe(string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Windows / progress.TotalWindows;
            string left = Figures.Left(elapsed.Elapsed, fraction);
            string window = $"window {progress.Windows} of {progress.TotalWindows}";
            string perplexity = Figures.Perplexity(progress.Perplexity);
            return new(
                fraction,
                [left, window, $"perplexity {perplexity}"],
                (int)(fraction * Milestones),
                $"{what}: {window}, perplexity so far {perplexity}, {left}");
        };
    }
}
