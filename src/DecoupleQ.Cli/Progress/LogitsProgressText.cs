using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of writing logits.</summary>
internal static class LogitsProgressText
{
    private const int Milestones = 10;

    /// <summary>Words for work that begins now; the time left is that of the tokens so far.</summary>
    public static Func<LogitsProgress, ProgressState> Describe()
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Tokens / progress.TotalTokens;
            string amount = $"{progress.Tokens} of {progress.TotalTokens} tokens";
            string left = Figures.Left(elapsed.Elapsed, fraction);
            return new(fraction, [left, amount, progress.Sequence], (int)(fraction * Milestones), $"running: {amount}, {left}");
        };
    }
}
