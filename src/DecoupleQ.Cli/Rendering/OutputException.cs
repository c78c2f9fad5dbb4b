namespace DecoupleQ.Cli.Rendering;

/// <summary>A result could not be written to standard output.</summary>
internal sealed class OutputException : Exception
{
    /// <param name="reason">Why, as the system says; null if its reader has left, which needs no words.</param>
    /// <param name="inner">The cause.</param>
    public OutputException(string? reason, Exception inner)
        : this(
            new DecoupleQException(
                $"The result cannot be written there: {reason}",
                "standard output",
                expected: "a terminal, a pipe, or a file on a disk with room",
                inner: inner),
            reason is null)
    {
    }

    private OutputException(DecoupleQException error, bool readerLeft)
        : base(error.Message, error) => (Error, ReaderLeft) = (error, readerLeft);

    /// <summary>Whether the reader has left, as <c>head</c> does once it has what it wants.</summary>
    public bool ReaderLeft { get; }

    /// <summary>What the user is told.</summary>
    public DecoupleQException Error { get; }
}
