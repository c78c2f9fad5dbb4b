using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits text where no merge crosses; what has no such place for long is handed on in parts.</summary>
internal sealed class SeamSplit(WordSeams seams) : SplittingStep
{
    public override int Split(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work)
    {
        int done = 0;
        while (seams.First(text[done..]) is int length)
        {
            AddOrEnd(text.Slice(done, length), ref state, next);
            done += length;
        }
        if (last)
        {
            if (done < text.Length)
            {
                AddOrEnd(text[done..], ref state, next);
            }
            return text.Length;
        }
        // A seam may be behind the last character.
        int certain = done < text.Length ? Utf8.Previous(text, text.Length) : done;
        if (certain == done || !state.IsInPiece && !next.TakesPart(text[done..certain]))
        {
            return done;
        }
        if (!state.IsInPiece)
        {
            next.Begin(state.First);
            (state.First, state.IsInPiece) = (false, true);
        }
        next.Part(text[done..certain]);
        return certain;
    }

    private static void AddOrEnd(ReadOnlySpan<byte> piece, ref SplitState state, PieceSink next)
    {
        if (!state.IsInPiece)
        {
            Add(piece, ref state, next);
            return;
        }
        next.Part(piece);
        next.End();
        state.IsInPiece = false;
    }
}
