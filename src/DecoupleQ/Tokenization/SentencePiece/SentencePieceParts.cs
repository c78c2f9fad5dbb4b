using DecoupleQ.Tokenization.AddedTokens;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>What a SentencePiece model encodes with; the steps of each text are made from it.</summary>
internal sealed class SentencePieceParts
{
    private readonly SentencePieceModel _model;
    private readonly PrefixRule _prefixRule;
    private readonly AddedTokenFinder _added;
    private readonly AddedTokenFinder _userDefined;
    private readonly SentencePieceBpe _bpe;
    private readonly SentencePieceBpe _plainBpe;

    // Idle steps, taken by the next call: their caches stay warm, and threads that run at the same time make their own.
    private SentencePieceEncoder? _idle;

    /// <param name="model">The vocabulary.</param>
    /// <param name="added">The added tokens, control pieces among them, each text once; none is found in plain text.</param>
    /// <param name="settings">The settings.</param>
    public SentencePieceParts(SentencePieceModel model, IEnumerable<AddedToken> added, SentencePieceSettings settings)
    {
        _model = model;
        _prefixRule = settings.Prefix;
        _added = new AddedTokenFinder(added.Select(token => (token.Text, token)), _ => true, model.File);
        // User-defined pieces are never merged, so that the text between two of them stands by itself.
        AddedToken[] userDefined =
        [
            .. model.Pieces.Index()
                .Where(piece => piece.Item.Type == PieceType.UserDefined)
                .Select(piece => new AddedToken(piece.Item.Text, piece.Index, IsSpecial: false)),
        ];
        _userDefined = new AddedTokenFinder(userDefined.Select(token => (token.Text, token)), settings.Control.Among(userDefined).Contains, model.File);
        _bpe = new SentencePieceBpe(model.Pieces);
        IEnumerable<int> named = model.Pieces.Index().Where(piece => settings.Control.Named.Contains(piece.Item.Text)).Select(piece => piece.Index);
        HashSet<int> control = [.. settings.Control.EndIds, .. _added.ControlIds, .. named];
        _plainBpe = _bpe.Without(control);
        ControlIds = new HashSet<int>([.. control, .. _userDefined.ControlIds]);
    }

    /// <summary>The ids of control tokens: what somebody typed never becomes one of them.</summary>
    public IReadOnlySet<int> ControlIds { get; }

    /// <summary>The ids of <paramref name="text"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">Where control tokens are text, in bytes of its UTF-8.</param>
    /// <param name="cancellation">Ends the work.</param>
    public int[] Encode(string text, PlainStretches plain, CancellationToken cancellation)
    {
        SentencePieceEncoder encoder = TakeEncoder();
        int[] ids = encoder.Encode(text, plain, cancellation);
        _idle = encoder;
        return ids;
    }

    /// <summary>Begins a text that comes in parts.</summary>
    /// <param name="plain">Where control tokens are text, in bytes of its UTF-8.</param>
    /// <param name="cancellation">Ends the work.</param>
    public TextEncoder Begin(PlainStretches plain, CancellationToken cancellation)
    {
        SentencePieceEncoder encoder = TakeEncoder();
        return new TextEncoder(encoder.Begin(plain, cancellation), () => _idle = encoder);
    }

    private SentencePieceEncoder TakeEncoder() =>
        Interlocked.Exchange(ref _idle, null) ?? new SentencePieceEncoder(_model, _prefixRule, _added, _userDefined, _bpe, _plainBpe);
}
