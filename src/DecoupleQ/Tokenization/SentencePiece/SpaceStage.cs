using System.Buffers;
using System.Text;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Writes spaces as SentencePiece does, with one before the text where the model wants it and without those that the model removes.</summary>
internal sealed class SpaceStage(SentencePieceModel model, PrefixRule prefixRule, TextSink next, EncodingWork work) : TextStage(work)
{
    private readonly ArrayBufferWriter<byte> _output = new();

    private bool _prefixes;
    private bool _isEmpty;
    private bool _dropsSpace;

    // Whether a space, or a character that is written like it, waits: where extra ones are removed, one at the end of a stretch is.
    private bool _waits;

    /// <summary>A space as it is written.</summary>
    public static byte[] Space { get; } = Encoding.UTF8.GetBytes([SentencePieceBpe.Space]);

    /// <summary>Whether a space is put before a stretch.</summary>
    public bool Prefixes(bool first) => model.AddDummyPrefix && (first || prefixRule == PrefixRule.EveryStretch);

    public override void Token(int id) => next.Token(id);

    protected override void OnBegin(bool first)
    {
        _prefixes = Prefixes(first);
        _dropsSpace = model.RemoveExtraWhitespaces;
        (_isEmpty, _waits) = (true, false);
        next.Begin(first);
    }

    protected override void OnEnd() => next.End();

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        int length = text.Length;
        bool removes = model.RemoveExtraWhitespaces;
        _output.ResetWrittenCount();
        if (_waits)
        {
            _output.Write(Space);
            _waits = false;
        }
        while (!text.IsEmpty)
        {
            int others = text.IndexOf((byte)' ');
            others = others < 0 ? text.Length : others;
            if (others > 0)
            {
                _output.Write(text[..others]);
                _dropsSpace = false;
            }
            text = text[others..];
            if (!text.IsEmpty)
            {
                if (!_dropsSpace)
                {
                    _output.Write(Space);
                }
                _dropsSpace = removes;
                text = text[1..];
            }
        }
        ReadOnlySpan<byte> written = _output.WrittenSpan;
        if (removes && written.EndsWith(Space))
        {
            written = written[..^Space.Length];
            _waits = !last;
        }
        if (!written.IsEmpty)
        {
            Work.Grow(written.Length - length);
            if (_isEmpty && _prefixes)
            {
                next.Text(Space);
            }
            _isEmpty = false;
            next.Text(written);
        }
        return length;
    }
}
