using System.Text;

namespace DecoupleQ.Cli.Json;

/// <summary>A text writer as a stream of UTF-8 that is written to.</summary>
/// <param name="output">Where the text goes; not disposed.</param>
internal sealed class TextStream(TextWriter output) : Stream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _text = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int most = Encoding.UTF8.GetMaxCharCount(buffer.Length);
        if (_text.Length < most)
        {
            _text = new char[most];
        }
        int count = _decoder.GetChars(buffer, _text, flush: false);
        output.Write(_text, 0, count);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
