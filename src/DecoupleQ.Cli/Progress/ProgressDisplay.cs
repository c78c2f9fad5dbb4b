using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Progress;

/// <summary>Shows progress on standard error: a bar on a terminal, a line for each milestone elsewhere.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs <paramref name="work"/> and shows what it reports.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="title">What the work is, until it reports.</param>
    /// <param name="describe">From what is reported to what is shown.</param>
    /// <param name="work">The work.</param>
    public static TResult Run<TProgress, TResult>(
        Terminal terminal,
        string title,
        Func<TProgress, ProgressState> describe,
        Func<IProgress<TProgress>, TResult> work) => terminal.IsErrorLive
            ? LiveProgress.Run(terminal.ErrorConsole, title, state => work(new Reporter<TProgress>(describe, state)))
            : work(new Reporter<TProgress>(describe, new MilestoneLines(terminal.Error).Show));

    // Unlike Progress<T>, which posts to the thread pool and so may reorder, this shows each report before the work goes on.
    private sealed class Reporter<T>(Func<T, ProgressState> describe, Action<ProgressState> show) : IProgress<T>
    {
        public void Report(T value) => show(describe(value));
    }
}
