using System.Buffers;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Takes the pieces that a pre-tokenizer makes, in order.</summary>
internal abstract class PieceSink
{
    /// <summary>Takes a piece.</summary>
    /// <param name="piece">Its text: UTF-8, or after a byte-level step that is the last one the bytes themselves. Not empty.</param>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public abstract void Add(ReadOnlySpan<byte> piece, bool first);
}

/// <summary>Splits text into the words that the model encodes one by one, and may rewrite them.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Hands the pieces of <paramref name="text"/> on.</summary>
    public abstract void Split(ReadOnlySpan<byte> text, bool first, PieceSink next);
}

/// <summary>Puts a prefix before text that does not begin with it.</summary>
/// <param name="prefix">The prefix.</param>
/// <param name="place">Where: <see cref="PrefixPlace"/>.</param>
internal sealed class PrefixStep(ReadOnlyMemory<byte> prefix, PrefixPlace place) : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, bool first, PieceSink next)
    {
        if (text.StartsWith(prefix.Span) || place == PrefixPlace.FirstPiece && !first)
        {
            next.Add(text, first);
            return;
        }
        var prefixed = new byte[prefix.Length + text.Length];
        prefix.Span.CopyTo(prefixed);
        text.CopyTo(prefixed.AsSpan(prefix.Length));
        next.Add(prefixed, first);
    }
}

/// <summary>Which pieces a prefix is put before.</summary>
internal enum PrefixPlace
{
    /// <summary>Each one.</summary>
    EveryPiece,

    /// <summary>The one that the text begins with.</summary>
    FirstPiece,
}

/// <summary>Rewrites a piece as a normalizer does.</summary>
internal sealed class RewriteStep(Normalizer rewrite) : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, bool first, PieceSink next)
    {
        var output = new ArrayBufferWriter<byte>();
        if (!rewrite.Apply(text, output))
        {
            next.Add(text, first);
        }
        else if (output.WrittenCount > 0)
        {
            next.Add(output.WrittenSpan, first);
        }
    }
}

/// <summary>Writes the bytes of a piece in the byte alphabet, for steps after it that look at those characters.</summary>
internal sealed class ByteAlphabetStep : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, bool first, PieceSink next)
    {
        var output = new ArrayBufferWriter<byte>(2 * text.Length);
        ByteAlphabet.AppendCharacters(text, output);
        next.Add(output.WrittenSpan, first);
    }
}
