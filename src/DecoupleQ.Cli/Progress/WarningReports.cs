using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Shows what a job warns of as soon as it says so, and passes its reports on.</summary>
/// <param name="inner">Shows the progress.</param>
/// <param name="warn">Shows warnings.</param>
internal sealed class WarningReports(IProgress<JobProgress> inner, Action<IReadOnlyList<string>> warn) : IProgress<JobProgress>
{
    public void Report(JobProgress value)
    {
        inner.Report(value);
        if (value.Warnings.Count > 0)
        {
            warn(value.Warnings);
        }
    }
}
