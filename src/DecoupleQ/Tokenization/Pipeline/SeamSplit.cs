using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits text where no merge crosses.</summary>
internal sealed class SeamSplit(WordSeams seams) : SplittingStep
{
    public override int Split(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work)
    {
        int done = 0;
        while (seams.First(text[done..]) is int length)
        {
            Add(text.Slice(done, length), ref state, next);
            done += length;
        }
        if (last && done < text.Length)
        {
            Add(text[done..], ref state, next);
            done = text.Length;
        }
        return done;
    }
}
