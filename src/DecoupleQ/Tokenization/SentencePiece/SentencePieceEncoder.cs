using System.Buffers;
using System.Text;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Encodes text: added tokens first, then each stretch between them with its spaces as SentencePiece writes them.</summary>
internal sealed class SentencePieceEncoder
{
    private static readonly byte[] Space = Encoding.UTF8.GetBytes([SentencePieceBpe.Space]);

    private readonly SentencePieceModel _model;
    private readonly PrefixRule _prefixRule;
    private readonly AddedTokenFinder _added;
    private readonly AddedTokenFinder _userDefined;
    private readonly SentencePieceBpe _bpe;
    private readonly SentencePieceBpe _plainBpe;

    /// <param name="model">The vocabulary.</param>
    /// <param name="added">The added tokens, control pieces among them, each text once; none is found in plain text.</param>
    /// <param name="settings">The settings.</param>
    public SentencePieceEncoder(SentencePieceModel model, IEnumerable<AddedToken> added, SentencePieceSettings settings)
    {
        _model = model;
        _prefixRule = settings.Prefix;
        _added = new AddedTokenFinder(added.Select(token => (token.Text, token)), _ => true);
        // User-defined pieces are never merged, so that the text between two of them stands by itself.
        IEnumerable<AddedToken> userDefined = model.Pieces.Index()
            .Where(piece => piece.Item.Type == PieceType.UserDefined)
            .Select(piece => new AddedToken(piece.Item.Text, piece.Index, IsSpecial: false));
        _userDefined = new AddedTokenFinder(userDefined.Select(token => (token.Text, token)), settings.Control.Contains);
        _bpe = new SentencePieceBpe(model.Pieces);
        IEnumerable<int> named = model.Pieces.Index().Where(piece => settings.Control.Named.Contains(piece.Item.Text)).Select(piece => piece.Index);
        _plainBpe = _bpe.Without(new HashSet<int>([.. settings.Control.EndIds, .. _added.ControlIds, .. named]));
    }

    /// <summary>The ids of <paramref name="text"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Where control tokens are text, in bytes of its UTF-8.</param>
    public List<int> Encode(string text, PlainStretches plain)
    {
        byte[] bytes = Utf8.Bytes(text);
        var segments = new List<Segment>();
        _added.Find(bytes, plain, segments);
        var normalized = new ArrayBufferWriter<byte>();
        var ids = new List<int>();
        bool prefix = _model.AddDummyPrefix;
        foreach (Segment segment in segments)
        {
            if (segment.Token is { } token)
            {
                ids.Add(token.Id);
                prefix = _model.AddDummyPrefix && _prefixRule == PrefixRule.EveryStretch;
                continue;
            }
            ReadOnlySpan<byte> stretch = bytes.AsSpan(segment.Start..segment.End);
            EncodeStretch(stretch, Normalize(stretch, prefix, normalized), plain.Within(segment.Start, segment.End), prefix, ids);
        }
        return ids;
    }

    private void EncodeStretch(ReadOnlySpan<byte> stretch, ReadOnlySpan<byte> normalized, PlainStretches plain, bool prefix, List<int> ids)
    {
        SentencePieceBpe bpe = plain.Touches(0, stretch.Length) ? _plainBpe : _bpe;
        if (_userDefined.IsEmpty)
        {
            bpe.Encode(normalized, ids);
            return;
        }
        var segments = new List<Segment>();
        _userDefined.Find(normalized, AfterNormalization(stretch, plain, prefix), segments);
        foreach (Segment segment in segments)
        {
            if (segment.Token is { } token)
            {
                ids.Add(token.Id);
            }
            else
            {
                bpe.Encode(normalized[segment.Start..segment.End], ids);
            }
        }
    }

    /// <summary>Where plain stretches lie once every space has become longer; models with user-defined pieces keep all spaces.</summary>
    private static PlainStretches AfterNormalization(ReadOnlySpan<byte> text, PlainStretches plain, bool prefix)
    {
        if (plain == PlainStretches.All || plain.IsEmpty)
        {
            return plain;
        }
        var bounds = new int[text.Length + 1];
        bounds[0] = prefix ? Space.Length : 0;
        for (int i = 0; i < text.Length; i++)
        {
            bounds[i + 1] = bounds[i] + (text[i] == ' ' ? Space.Length : 1);
        }
        return plain.Map(bound => bounds[bound]);
    }

    private ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, bool prefix, ArrayBufferWriter<byte> normalized)
    {
        normalized.ResetWrittenCount();
        bool removes = _model.RemoveExtraWhitespaces, dropsSpace = removes;
        if (prefix)
        {
            normalized.Write(Space);
        }
        int start = normalized.WrittenCount;
        while (!text.IsEmpty)
        {
            int others = text.IndexOf((byte)' ');
            others = others < 0 ? text.Length : others;
            if (others > 0)
            {
                normalized.Write(text[..others]);
                dropsSpace = false;
            }
            text = text[others..];
            if (!text.IsEmpty)
            {
                if (!dropsSpace)
                {
                    normalized.Write(Space);
                }
                dropsSpace = removes;
                text = text[1..];
            }
        }
        int end = normalized.WrittenCount;
        if (removes && end > start && normalized.WrittenSpan[start..].EndsWith(Space))
        {
            end -= Space.Length;
        }
        return end > start ? normalized.WrittenSpan[..end] : [];
    }
}
