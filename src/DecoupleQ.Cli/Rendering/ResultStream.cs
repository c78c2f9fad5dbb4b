namespace DecoupleQ.Cli.Rendering;

/// <summary>Standard output, where results go: what cannot be written there is an error that says so, for a full disk and a closed file alike.</summary>
/// <param name="inner">Standard output as the system gives it.</param>
internal sealed class ResultStream(Stream inner) : WritingStream(inner)
{
    protected override void Failed(Exception error) =>
        throw new DecoupleQException(
            $"The result cannot be written there: {(error.InnerException ?? error).Message}",
            "standard output",
            expected: "a terminal, a pipe, or a file on a disk with room",
            inner: error);
}
