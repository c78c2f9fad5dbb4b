using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of an evaluation.</summary>
internal static class EvaluationProgressText
{
    private const int Milestones = 10;

    /// <summary>Words for what is evaluated from now on; the time left is that of the windows so far.</summary>
    public static Func<EvaluationProgress, ProgressState> Describe(string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Windows / progress.TotalWindows;
            TimeSpan left = elapsed.Elapsed * ((1 - fraction) / fraction);
            string text = $"{what}: window {progress.Windows} of {progress.TotalWindows}, perplexity so far {Figures.Perplexity(progress.Perplexity)}, " +
                $"about {Figures.About(left)} left";
            return new(fraction, text, (int)(fraction * Milestones), text);
        };
    }
}
