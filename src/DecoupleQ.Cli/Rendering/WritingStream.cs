using DecoupleQ.Storage;

namespace DecoupleQ.Cli.Rendering;

/// <summary>A standard stream that is written to, and what becomes of its failures.</summary>
/// <param name="inner">The stream as the system gives it, which has no buffer of its own.</param>
internal abstract class WritingStream(Stream inner) : WriteOnlyStream
{
    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        try
        {
            inner.Write(bytes);
        }
        // A descriptor that is closed, or open for reading alone, counts as missing access.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Failed(error);
        }
    }

    /// <summary>Something could not be written.</summary>
    protected abstract void Failed(Exception error);
}
