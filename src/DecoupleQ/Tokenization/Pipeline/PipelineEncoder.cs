using System.Buffers;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>The steps of encoding one text at a time, with their scratch and caches: a text goes through them in blocks.</summary>
internal sealed class PipelineEncoder : TextSteps
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenFinder _normalizedAddedTokens;
    private readonly AddedTokenStage? _normalizedStage;
    private readonly ModelSink _model;

    /// <param name="parts">What the tokenizer is made of.</param>
    /// <param name="plainModel">The model for text that somebody typed.</param>
    /// <param name="addedTokens">Finds tokens in the text as it came.</param>
    /// <param name="normalizedAddedTokens">Finds tokens in the normalized text.</param>
    public PipelineEncoder(TokenizerParts parts, BpeModel plainModel, AddedTokenFinder addedTokens, AddedTokenFinder normalizedAddedTokens)
        : base(parts.File)
    {
        _parts = parts;
        _normalizedAddedTokens = normalizedAddedTokens;
        _model = new ModelSink(parts.Model, plainModel, Ids, Work);
        TextSink splitting = Splitting();
        _normalizedStage = normalizedAddedTokens.IsEmpty ? null : new AddedTokenStage(normalizedAddedTokens, splitting, Work);
        Connect(addedTokens, Normalizing(_normalizedStage ?? splitting));
    }

    protected override void SetPlain(bool isPlain, PlainStretches plain)
    {
        _model.IsPlain = isPlain;
        if (_normalizedStage is not null)
        {
            _normalizedStage.Plain = plain;
        }
    }

    /// <summary>
    /// Where control tokens are text once <paramref name="text"/> is normalized. If that changes it, places are lost: then all of it is plain if
    /// a plain stretch holds a control token, and otherwise nothing is, as there is nothing in it to be mistaken.
    /// </summary>
    protected override PlainStretches AfterNormalization(ReadOnlySpan<byte> text, bool first, PlainStretches plain)
    {
        if (_normalizedAddedTokens.ControlIds.Count == 0 || Normalized(text).SequenceEqual(text))
        {
            return plain;
        }
        foreach ((int start, int end) in plain.Enumerate())
        {
            var found = new FoundTokens();
            new AddedTokenStage(_normalizedAddedTokens, found, Work).Whole(Normalized(text[start..end]), first: false);
            if (found.Ids.Overlaps(_normalizedAddedTokens.ControlIds))
            {
                return PlainStretches.All;
            }
        }
        return PlainStretches.None;
    }

    /// <summary>The steps from text to ids. The last one that splits hands its pieces to the model; those before it make stretches of text of theirs.</summary>
    private TextSink Splitting()
    {
        TextSink? sink = null;
        foreach (PreTokenizer step in _parts.PreTokenizers.Reverse())
        {
            EncodingWork work = Work.At(step.Field);
            sink = step is SplittingStep splitting
                ? new SplitStage(splitting, sink is null ? _model : new PieceStretches(sink), work)
                : ((RewritingStep)step).Stage(sink ?? new SplitStage(null, _model, Work), work);
        }
        return sink ?? new SplitStage(null, _model, Work);
    }

    private TextSink Normalizing(TextSink next)
    {
        foreach (Normalizer normalizer in _parts.Normalizers.Reverse())
        {
            next = normalizer.Stage(next, Work.At(normalizer.Field));
        }
        return next;
    }

    private ReadOnlySpan<byte> Normalized(ReadOnlySpan<byte> text)
    {
        var output = new WrittenText();
        Normalizing(output).Whole(text, first: false);
        return output.Written;
    }

    /// <summary>Which tokens there are.</summary>
    private sealed class FoundTokens : TextSink
    {
        public HashSet<int> Ids { get; } = [];

        public override void Begin(bool first)
        {
        }

        public override void Text(ReadOnlySpan<byte> part)
        {
        }

        public override void End()
        {
        }

        public override void Token(int id) => Ids.Add(id);
    }
}
