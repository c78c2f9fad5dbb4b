using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Takes the pieces that a pre-tokenizer makes, in order, and the tokens between them.</summary>
internal abstract class PieceSink
{
    /// <summary>Whether a piece that begins with <paramref name="part"/> may come in parts. Otherwise it waits for more, or for its end.</summary>
    public abstract bool TakesPart(ReadOnlySpan<byte> part);

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">Its text: UTF-8, or after a byte-level step that is the last one the bytes themselves. Not empty.</param>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public abstract void Add(ReadOnlySpan<byte> piece, bool first);

    /// <summary>Begins a piece that comes in parts.</summary>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public abstract void Begin(bool first);

    /// <summary>The next part of the piece.</summary>
    public abstract void Part(ReadOnlySpan<byte> part);

    /// <summary>Ends the piece.</summary>
    public abstract void End();

    /// <summary>A token between pieces.</summary>
    public abstract void Token(int id);
}

/// <summary>Hands pieces on to a further step, each as a stretch of text.</summary>
/// <param name="next">The step.</param>
internal sealed class PieceStretches(TextSink next) : PieceSink
{
    public override bool TakesPart(ReadOnlySpan<byte> part) => true;

    public override void Add(ReadOnlySpan<byte> piece, bool first) => next.Whole(piece, first);

    public override void Begin(bool first) => next.Begin(first);

    public override void Part(ReadOnlySpan<byte> part) => next.Text(part);

    public override void End() => next.End();

    public override void Token(int id) => next.Token(id);
}
