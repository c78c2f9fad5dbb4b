using System.Buffers;

namespace DecoupleQ.Tokenization.Streaming;

/// <summary>Keeps the text that a step writes.</summary>
internal sealed class WrittenText : TextSink
{
    private readonly ArrayBufferWriter<byte> _written = new();

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Written => _written.WrittenSpan;

    /// <summary>Forgets it.</summary>
    public void Clear() => _written.ResetWrittenCount();

    public override void Begin(bool first)
    {
    }

    public override void Text(ReadOnlySpan<byte> part) => _written.Write(part);

    public override void End()
    {
    }

    public override void Token(int id)
    {
    }
}
