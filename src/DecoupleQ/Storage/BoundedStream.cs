namespace DecoupleQ.Storage;

/// <summary>Reads what says no length, such as standard input, up to the most bytes that a file of its kind may have.</summary>
/// <param name="inner">Where from; disposed with this.</param>
/// <param name="name">What errors call it.</param>
/// <param name="kind">What it should be.</param>
internal sealed class BoundedStream(Stream inner, string name, FileKind kind) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="DecoupleQException">It cannot be read, or has more bytes than a file of its kind may have.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = inner.Read(buffer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"It cannot be read: {error.Message}", name, inner: error);
        }
        _position += count;
        return _position <= kind.MostBytes
            ? count
            : throw new DecoupleQException($"It has more than {kind.MostBytes} bytes.", name, expected: $"at most {kind.MostBytes}");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
