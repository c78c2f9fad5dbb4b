namespace DecoupleQ.Cli.Rendering;

/// <summary>
/// Standard output, where results go: what cannot be written there is an error that says so, for a full disk and a closed file alike; a reader that has left
/// ends the work without a word.
/// </summary>
/// <param name="inner">Standard output as the system gives it.</param>
internal sealed class ResultStream(Stream inner) : WritingStream(inner)
{
    // EPIPE, on Linux and macOS. On Windows the runtime's stream drops what nobody reads, and says nothing.
    private const int BrokenPipe = 32;

    protected override void Failed(Exception error) =>
        throw new OutputException(error.HResult == BrokenPipe ? null : (error.InnerException ?? error).Message, error);
}
