using System.Buffers;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Encodes texts, one at a time; holds the scratch and the caches.</summary>
internal sealed class PipelineEncoder
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenFinder _addedTokens;
    private readonly AddedTokenFinder _normalizedAddedTokens;
    private readonly PieceSink _splitter;
    private readonly ModelSink _sink;
    private readonly List<int> _output = [];
    private readonly List<Segment> _segments = [];
    private readonly List<Segment> _normalizedSegments = [];
    private ArrayBufferWriter<byte> _buffer = new();
    private ArrayBufferWriter<byte> _spare = new();

    /// <param name="parts">What the tokenizer is made of.</param>
    /// <param name="plainModel">The model for text that somebody typed.</param>
    /// <param name="addedTokens">Finds tokens in the text as it came.</param>
    /// <param name="normalizedAddedTokens">Finds tokens in the normalized text.</param>
    public PipelineEncoder(TokenizerParts parts, BpeModel plainModel, AddedTokenFinder addedTokens, AddedTokenFinder normalizedAddedTokens)
    {
        _parts = parts;
        _addedTokens = addedTokens;
        _normalizedAddedTokens = normalizedAddedTokens;
        _sink = new ModelSink(parts.Model, plainModel, _output);
        _splitter = _sink;
        foreach (PreTokenizer step in parts.PreTokenizers.Reverse())
        {
            _splitter = new StepSink(step, _splitter);
        }
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text in UTF-8.</param>
    /// <param name="plain">Where control tokens are text, in bytes.</param>
    public int[] Encode(ReadOnlySpan<byte> text, PlainStretches plain)
    {
        _output.Clear();
        _segments.Clear();
        _addedTokens.Find(text, plain, _segments);
        foreach (Segment segment in _segments)
        {
            if (segment.Token is { } token)
            {
                _output.Add(token.Id);
                continue;
            }
            ReadOnlySpan<byte> stretch = text[segment.Start..segment.End];
            _sink.IsPlain = plain.Touches(segment.Start, segment.End);
            PlainStretches plainAfter = PlainAfterNormalization(stretch, plain.Within(segment.Start, segment.End));
            ReadOnlySpan<byte> normalized = Normalize(stretch);
            _normalizedSegments.Clear();
            _normalizedAddedTokens.Find(normalized, plainAfter, _normalizedSegments);
            foreach (Segment inner in _normalizedSegments)
            {
                if (inner.Token is { } innerToken)
                {
                    _output.Add(innerToken.Id);
                }
                else
                {
                    _splitter.Add(normalized[inner.Start..inner.End], segment.Start == 0 && inner.Start == 0);
                }
            }
        }
        return [.. _output];
    }

    /// <summary>
    /// Where control tokens are text once <paramref name="text"/> is normalized. If that changes it, places are lost: then all of it is plain if
    /// a plain stretch holds a control token, and otherwise nothing is, as there is nothing in it to be mistaken.
    /// </summary>
    private PlainStretches PlainAfterNormalization(ReadOnlySpan<byte> text, PlainStretches plain)
    {
        if (plain.IsEmpty || plain == PlainStretches.All || _normalizedAddedTokens.ControlIds.Count == 0 || Normalize(text) == text)
        {
            return plain;
        }
        foreach ((int start, int end) in plain.Enumerate())
        {
            _normalizedSegments.Clear();
            _normalizedAddedTokens.Find(Normalize(text[start..end]), PlainStretches.None, _normalizedSegments);
            if (_normalizedSegments.Exists(segment => segment.Token is { } token && _normalizedAddedTokens.ControlIds.Contains(token.Id)))
            {
                return PlainStretches.All;
            }
        }
        return PlainStretches.None;
    }

    private ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        foreach (Normalizer normalizer in _parts.Normalizers)
        {
            // What the last step wrote is read from one buffer and written to the other.
            (_buffer, _spare) = (_spare, _buffer);
            _buffer.ResetWrittenCount();
            if (normalizer.Apply(text, _buffer))
            {
                text = _buffer.WrittenSpan;
            }
            else
            {
                (_buffer, _spare) = (_spare, _buffer);
            }
        }
        return text;
    }

    /// <summary>Runs a step on each piece and hands its pieces to the next.</summary>
    private sealed class StepSink(PreTokenizer step, PieceSink next) : PieceSink
    {
        public override void Add(ReadOnlySpan<byte> piece, bool first) => step.Split(piece, first, next);
    }

    /// <summary>Encodes each piece.</summary>
    private sealed class ModelSink(BpeModel model, BpeModel plainModel, List<int> output) : PieceSink
    {
        private readonly BpeScratch _scratch = new(model.Merges);
        private BpeScratch? _plainScratch;

        /// <summary>Whether somebody typed the pieces that come, or a part of them.</summary>
        public bool IsPlain { get; set; }

        public override void Add(ReadOnlySpan<byte> piece, bool first)
        {
            if (IsPlain && plainModel != model)
            {
                plainModel.Encode(piece, _plainScratch ??= new BpeScratch(plainModel.Merges), output);
            }
            else
            {
                model.Encode(piece, _scratch, output);
            }
        }
    }
}
