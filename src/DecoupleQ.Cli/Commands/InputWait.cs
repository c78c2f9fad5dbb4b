namespace DecoupleQ.Cli.Commands;

/// <summary>Waits for what is typed or piped. A read cannot be cancelled, but the wait for it can; the process ends without it.</summary>
internal static class InputWait
{
    /// <summary>What <paramref name="read"/> gives.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the read goes on.</exception>
    public static T For<T>(Func<T> read, CancellationToken cancellationToken) => Task.Run(read).WaitAsync(cancellationToken).GetAwaiter().GetResult();
}
