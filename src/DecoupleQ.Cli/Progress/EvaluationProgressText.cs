using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of an evaluation.</summary>
internal static class EvaluationProgressText
{
    private const int Milestones = 10;

    public static Func<EvaluationProgress, ProgressState> Describe(string what) => progress =>
    {
        double fraction = (double)progress.Windows / progress.TotalWindows;
        string text = $"{what}: window {progress.Windows} of {progress.TotalWindows}, perplexity so far {Figures.Perplexity(progress.Perplexity)}";
        return new(fraction, text, (int)(fraction * Milestones), text);
    };
}
