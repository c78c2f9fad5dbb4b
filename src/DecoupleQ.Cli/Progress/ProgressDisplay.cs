using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Progress;

/// <summary>Shows progress on standard error: bars on a terminal, a line for each milestone elsewhere, or events.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs <paramref name="work"/> and shows what it reports, for people.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="title">What the work is.</param>
    /// <param name="describe">From what is reported to what is shown.</param>
    /// <param name="work">The work.</param>
    public static TResult Run<TProgress, TResult>(
        Terminal terminal,
        string title,
        Func<TProgress, ProgressState> describe,
        Func<IProgress<TProgress>, TResult> work) => terminal.IsErrorLive
            ? LiveProgress.Run(terminal.ErrorConsole, title, state => work(new Reporter<TProgress>(describe, state)))
            : work(new Reporter<TProgress>(describe, new MilestoneLines(terminal.Error).Show));

    /// <summary>Runs <paramref name="work"/> and shows what it reports as <paramref name="mode"/> says.</summary>
    /// <param name="mode">How.</param>
    /// <param name="events">Takes the reports where they become events.</param>
    /// <inheritdoc cref="Run{TProgress, TResult}(Terminal, string, Func{TProgress, ProgressState}, Func{IProgress{TProgress}, TResult})"/>
    public static TResult Run<TProgress, TResult>(
        Terminal terminal,
        ProgressMode mode,
        IProgress<TProgress> events,
        string title,
        Func<TProgress, ProgressState> describe,
        Func<IProgress<TProgress>, TResult> work) => mode switch
        {
            ProgressMode.Auto => Run(terminal, title, describe, work),
            ProgressMode.Json => work(events),
            _ => work(new Silence<TProgress>()),
        };

    // Unlike Progress<T>, which posts to the thread pool and so may reorder, this shows each report before the work goes on.
    private sealed class Reporter<T>(Func<T, ProgressState> describe, Action<ProgressState> show) : IProgress<T>
    {
        public void Report(T value) => show(describe(value));
    }

    private sealed class Silence<T> : IProgress<T>
    {
        public void Report(T value)
        {
        }
    }
}
