using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Server.Baselines;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a baseline.</summary>
internal static class BaselineProgressText
{
    private const int Milestones = 10;

    /// <summary>Words for work that begins now; the time left is that of the answers so far.</summary>
    public static Func<BaselineProgress, ProgressState> Describe()
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Answered / progress.Requests;
            string amount = $"{progress.Answered} of {progress.Requests} requests";
            string left = Figures.Left(elapsed.Elapsed, fraction);
            return new(fraction, [left, amount], (int)(fraction * Milestones), $"answering: {amount}, {left}");
        };
    }
}
