using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Writes to a standard stream that is a pipe, and fails when its reader has left.</summary>
internal sealed class PipeStream : Stream
{
    // EAGAIN: the pipe is full, and whoever made it does not want writers to wait in the system.
    private static readonly int Full = OperatingSystem.IsMacOS() ? 35 : 11;

    private readonly FileStream _inner;
    private readonly int _piece;

    private PipeStream(FileStream inner, int piece) => (_inner, _piece) = (inner, piece);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int length = Math.Min(_piece, buffer.Length);
            try
            {
                _inner.Write(buffer[..length]);
                buffer = buffer[length..];
            }
            catch (IOException error) when (error.HResult == Full)
            {
                Thread.Sleep(1);
            }
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
