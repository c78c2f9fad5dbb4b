namespace DecoupleQ.Cli.Rendering;

/// <summary>A result could not be written to standard output.</summary>
/// <param name="reason">Why, as the system says; null if its reader has left, which needs no words.</param>
/// <param name="inner">The cause.</param>
internal sealed class OutputException(string? reason, Exception inner)
    : Exception($"standard output: The result cannot be written there: {reason} (expected: {Expectation})", inner)
{
    private const string Expectation = "a terminal, a pipe, or a file on a disk with room";

    /// <summary>Whether the reader has left, as <c>head</c> does once it has what it wants.</summary>
    public bool ReaderLeft => reason is null;

    /// <summary>What was expected instead.</summary>
    public string Expected => Expectation;
}
