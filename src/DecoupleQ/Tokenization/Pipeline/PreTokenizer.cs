using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Splits text into the words that the model encodes one by one, or rewrites it before or after that.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Where the step stands in the tokenizer's file, for errors; null where it stands in none.</summary>
    public string? Field { get; init; }
}

/// <summary>A step that splits nothing.</summary>
internal abstract class RewritingStep : PreTokenizer
{
    /// <summary>The step, for one text at a time.</summary>
    /// <param name="next">Takes what the text becomes.</param>
    /// <param name="work">What the text may take.</param>
    public abstract TextStage Stage(TextSink next, EncodingWork work);
}

/// <summary>A step that splits.</summary>
internal abstract class SplittingStep : PreTokenizer
{
    /// <summary>Hands the pieces of <paramref name="text"/> on.</summary>
    /// <param name="text">Text that begins where the last call ended.</param>
    /// <param name="state">How far the stretch has been split.</param>
    /// <param name="last">Whether it ends here. Otherwise pieces are held back that may become others with more text behind them.</param>
    /// <param name="next">Takes the pieces.</param>
    /// <param name="work">What the text may take.</param>
    /// <returns>Up to where the text is done.</returns>
    public abstract int Split(ReadOnlySpan<byte> text, ref SplitState state, bool last, PieceSink next, EncodingWork work);

    protected static void Add(ReadOnlySpan<byte> piece, ref SplitState state, PieceSink next)
    {
        next.Add(piece, state.First);
        state.First = false;
    }
}

/// <summary>Puts a prefix before text that does not begin with it.</summary>
/// <param name="prefix">The prefix.</param>
/// <param name="place">Where: <see cref="PrefixPlace"/>.</param>
internal sealed class PrefixStep(ReadOnlyMemory<byte> prefix, PrefixPlace place) : RewritingStep
{
    /// <summary>Whether the prefix is put before <paramref name="text"/>.</summary>
    public bool Prefixes(ReadOnlySpan<byte> text, bool first) => !text.StartsWith(prefix.Span) && (place == PrefixPlace.EveryPiece || first);

    public override TextStage Stage(TextSink next, EncodingWork work) => new PrefixStage(prefix.ToArray(), next, work, this);
}

/// <summary>Which pieces a prefix is put before.</summary>
internal enum PrefixPlace
{
    /// <summary>Each one.</summary>
    EveryPiece,

    /// <summary>The one that the text begins with.</summary>
    FirstPiece,
}

/// <summary>Rewrites text as a normalizer does.</summary>
internal sealed class RewriteStep(Normalizer rewrite) : RewritingStep
{
    public override TextStage Stage(TextSink next, EncodingWork work) => rewrite.Stage(next, work);
}

/// <summary>Writes the bytes of text in the byte alphabet, for steps after it that look at those characters.</summary>
internal sealed class ByteAlphabetStep : RewritingStep
{
    public override TextStage Stage(TextSink next, EncodingWork work) => new ByteAlphabetStage(next, work);
}
