using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits text where no merge crosses.</summary>
internal sealed class SeamSplit(WordSeams seams) : SplittingStep
{
    public override int Split(ReadOnlySpan<byte> text, bool first, bool last, PieceSink next)
    {
        int done = 0;
        while (seams.First(text[done..]) is int length)
        {
            next.Add(text.Slice(done, length), first && done == 0);
            done += length;
        }
        if (!last || done == text.Length)
        {
            return done;
        }
        next.Add(text[done..], first && done == 0);
        return text.Length;
    }
}
