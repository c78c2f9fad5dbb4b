namespace DecoupleQ.Cli.Invocation;

/// <summary>
/// Runs a command on a thread of its own, so that a process that is told to end does end: in the middle of what cannot be cancelled too, such as waiting for
/// input or for a disk.
/// </summary>
internal static class CommandThread
{
    // As much as a main thread usually has: templates and patterns recurse.
    private const int StackBytes = 8 << 20;

    /// <summary>Runs it.</summary>
    /// <param name="command">The command; returns the exit code.</param>
    /// <param name="end">Tells it to end.</param>
    /// <param name="interruption">How long it may take then.</param>
    /// <param name="abandon">Called if it takes longer; returns the exit code.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Func<int> command, CancellationToken end, Interruption interruption, Func<int> abandon)
    {
        // Nothing here is disposed: a command that is left behind may end while the process does.
        TaskCompletionSource<int> ended = new();
        Thread thread = new(() => ended.SetResult(command()), StackBytes)
        {
            // The process does not wait for it.
            IsBackground = true,
            Name = "command",
        };
        thread.Start();
        Task.WaitAny([ended.Task, Task.Delay(Timeout.InfiniteTimeSpan, end)], CancellationToken.None);
        return ended.Task.Wait(end.IsCancellationRequested ? interruption.Patience : Timeout.InfiniteTimeSpan, CancellationToken.None)
            ? ended.Task.Result
            : abandon();
    }
}
