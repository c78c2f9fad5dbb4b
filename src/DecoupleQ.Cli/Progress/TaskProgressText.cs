using System.Diagnostics;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation.Tasks;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a task.</summary>
internal static class TaskProgressText
{
    private const int Milestones = 10;

    /// <summary>A sentence for what a task that ended early has found.</summary>
    public static string SoFar(string what, TaskProgress progress) =>
        $"Of {progress.Items} of {progress.TotalItems} questions to {what}, {progress.Right} were answered right.";

    /// <summary>Words for what is answered from now on; the time left is that of the questions so far.</summary>
    public static Func<TaskProgress, ProgressState> Describe(string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        return progress =>
        {
            double fraction = (double)progress.Items / progress.TotalItems;
            string left = Figures.Left(elapsed.Elapsed, fraction);
            string amount = $"question {progress.Items} of {progress.TotalItems}", right = $"{progress.Right} right";
            return new(fraction, [left, amount, right], (int)(fraction * Milestones), $"{what}: {amount}, {right} so far, {left}");
        };
    }
}
