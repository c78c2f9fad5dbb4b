using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Writes to a standard stream that is a pipe, and fails when its reader has left.</summary>
internal sealed class PipeStream : WriteOnlyStream
{
    // EAGAIN: the pipe is full, and whoever made it does not want writers to wait in the system.
    private static readonly int Full = OperatingSystem.IsMacOS() ? 35 : 11;

    private readonly FileStream _inner;
    private readonly int _piece;

    private PipeStream(FileStream inner, int piece) => (_inner, _piece) = (inner, piece);

    /// <summary>A stream over a descriptor that is a pipe or socket; null for anything else.</summary>
    /// <param name="descriptor">Its number; it stays open.</param>
    /// <param name="piece">The most bytes that are written whole or not at all.</param>
    public static PipeStream? Over(int descriptor, int piece)
    {
        try
        {
            FileStream inner = new(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return inner.CanSeek ? null : new PipeStream(inner, piece);
        }
        // Closed, or open for reading alone: the library's stream says so when it is written to.
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int length = Math.Min(_piece, bytes.Length);
            try
            {
                _inner.Write(bytes[..length]);
                bytes = bytes[length..];
            }
            catch (IOException error) when (error.HResult == Full)
            {
                Thread.Sleep(1);
            }
        }
    }
}
