using System.Buffers;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Takes the pieces that a pre-tokenizer makes, in order.</summary>
/// <param name="work">What the text may take.</param>
internal abstract class PieceSink(EncodingWork work)
{
    /// <summary>What the text may take.</summary>
    public EncodingWork Work => work;

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">Its text: UTF-8, or after a byte-level step that is the last one the bytes themselves. Not empty.</param>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public abstract void Add(ReadOnlySpan<byte> piece, bool first);
}

/// <summary>Splits text into the words that the model encodes one by one, and may rewrite them.</summary>
internal abstract class PreTokenizer
{
    /// <summary>The step on pieces that steps before it made.</summary>
    public abstract PieceSink OnPieces(PieceSink next);
}

/// <summary>A step that splits nothing.</summary>
internal abstract class RewritingStep : PreTokenizer
{
    /// <summary>The step on text that nothing has split yet.</summary>
    public abstract TextStage OnText(TextSink next, EncodingWork work);
}

/// <summary>A step that splits.</summary>
internal abstract class SplittingStep : PreTokenizer
{
    /// <summary>Hands the pieces of <paramref name="text"/> on.</summary>
    /// <param name="text">Text that begins where a piece begins.</param>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    /// <param name="last">Whether it ends here. Otherwise pieces are held back that may become others with more text behind them.</param>
    /// <param name="next">Takes the pieces.</param>
    /// <returns>Where the first piece begins that was held back.</returns>
    public abstract int Split(ReadOnlySpan<byte> text, bool first, bool last, PieceSink next);

    public override PieceSink OnPieces(PieceSink next) => new Sink(this, next);

    private sealed class Sink(SplittingStep step, PieceSink next) : PieceSink(next.Work)
    {
        public override void Add(ReadOnlySpan<byte> piece, bool first) => step.Split(piece, first, last: true, next);
    }
}

/// <summary>Puts a prefix before text that does not begin with it.</summary>
/// <param name="prefix">The prefix.</param>
/// <param name="place">Where: <see cref="PrefixPlace"/>.</param>
internal sealed class PrefixStep(ReadOnlyMemory<byte> prefix, PrefixPlace place) : RewritingStep
{
    /// <summary>Whether the prefix is put before <paramref name="text"/>.</summary>
    public bool Prefixes(ReadOnlySpan<byte> text, bool first) => !text.StartsWith(prefix.Span) && (place == PrefixPlace.EveryPiece || first);

    public override TextStage OnText(TextSink next, EncodingWork work) => new PrefixStage(prefix.ToArray(), next, work, this);

    public override PieceSink OnPieces(PieceSink next) => new Sink(this, prefix, next);

    private sealed class Sink(PrefixStep step, ReadOnlyMemory<byte> prefix, PieceSink next) : PieceSink(next.Work)
    {
        private readonly ArrayBufferWriter<byte> _prefixed = new();

        public override void Add(ReadOnlySpan<byte> piece, bool first)
        {
            if (!step.Prefixes(piece, first))
            {
                next.Add(piece, first);
                return;
            }
            Work.Grow(prefix.Length);
            _prefixed.ResetWrittenCount();
            _prefixed.Write(prefix.Span);
            _prefixed.Write(piece);
            next.Add(_prefixed.WrittenSpan, first);
        }
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
internal sealed class RewriteStep(Normalizer rewrite) : RewritingStep
{
    /// <summary>How it is rewritten.</summary>
    public Normalizer Rewrite => rewrite;

    public override TextStage OnText(TextSink next, EncodingWork work) => rewrite.Stage(next, work);

    public override PieceSink OnPieces(PieceSink next) => new StagedPieces(rewrite.Stage, next);
}

/// <summary>Writes the bytes of a piece in the byte alphabet, for steps after it that look at those characters.</summary>
internal sealed class ByteAlphabetStep : RewritingStep
{
    public override TextStage OnText(TextSink next, EncodingWork work) => new ByteAlphabetStage(next, work);

    public override PieceSink OnPieces(PieceSink next) => new StagedPieces((sink, work) => new ByteAlphabetStage(sink, work), next);
}

/// <summary>Runs a step that rewrites text on each piece.</summary>
internal sealed class StagedPieces : PieceSink
{
    private readonly TextStage _stage;

    /// <param name="stage">Makes the step.</param>
    /// <param name="next">Takes what the pieces become.</param>
    public StagedPieces(Func<TextSink, EncodingWork, TextStage> stage, PieceSink next)
        : base(next.Work)
    {
        _stage = stage(new SplitStage(null, next, null), next.Work);
    }

    public override void Add(ReadOnlySpan<byte> piece, bool first)
    {
        _stage.Begin(first);
        _stage.Text(piece);
        _stage.End();
    }
}
