namespace DecoupleQ.Storage;

/// <summary>A stream that is only written to, from its beginning to its end.</summary>
internal abstract class WriteOnlyStream : Stream
{
    private long _position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes written.</summary>
    public override long Length => _position;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <summary>Takes in what is written, before it counts as written.</summary>
    protected abstract void Take(ReadOnlySpan<byte> bytes);

    public sealed override void Write(ReadOnlySpan<byte> buffer)
    {
        Take(buffer);
        _position += buffer.Length;
    }

    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
