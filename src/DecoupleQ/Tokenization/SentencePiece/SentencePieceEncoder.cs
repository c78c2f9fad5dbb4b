using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

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
    /// <param name="cancellation">Ends the work.</param>
    public int[] Encode(string text, PlainStretches plain, CancellationToken cancellation)
    {
        SentencePieceEncoder encoder = Interlocked.Exchange(ref _idle, null) ?? Encoder();
        int[] ids = encoder.Encode(text, plain, cancellation);
        _idle = encoder;
        return ids;
    }

    /// <summary>The steps of encoding, for one text at a time.</summary>
    public SentencePieceEncoder Encoder() => new(_model, _prefixRule, _added, _userDefined, _bpe, _plainBpe);
}

/// <summary>Encodes text: added tokens first, then each stretch between them with its spaces as SentencePiece writes them.</summary>
internal sealed class SentencePieceEncoder : TextSteps
{
    private readonly AddedTokenStage? _userDefinedStage;
    private readonly SpaceStage _spaces;
    private readonly WordStage _words;

    public SentencePieceEncoder(
        SentencePieceModel model, PrefixRule prefixRule, AddedTokenFinder added, AddedTokenFinder userDefined, SentencePieceBpe bpe,
        SentencePieceBpe plainBpe)
    {
        _words = new WordStage(bpe, plainBpe, Ids, Work);
        _userDefinedStage = userDefined.IsEmpty ? null : new AddedTokenStage(userDefined, _words);
        _spaces = new SpaceStage(model, prefixRule, _userDefinedStage is null ? _words : _userDefinedStage, Work);
        Connect(added, _spaces);
    }

    protected override void SetPlain(bool isPlain, PlainStretches plain)
    {
        _words.IsPlain = isPlain;
        if (_userDefinedStage is not null)
        {
            _userDefinedStage.Plain = plain;
        }
    }

    /// <summary>Where plain stretches lie once every space has become longer; models with user-defined pieces keep all spaces.</summary>
    protected override PlainStretches AfterNormalization(ReadOnlySpan<byte> text, bool first, PlainStretches plain)
    {
        if (_userDefinedStage is null)
        {
            return plain;
        }
        var bounds = new int[text.Length + 1];
        bounds[0] = _spaces.Prefixes(first) ? SpaceStage.Space.Length : 0;
        for (int i = 0; i < text.Length; i++)
        {
            bounds[i + 1] = bounds[i] + (text[i] == ' ' ? SpaceStage.Space.Length : 1);
        }
        return plain.Map(bound => bounds[bound]);
    }

    /// <summary>Encodes words as soon as they are certain, and writes down the tokens between them.</summary>
    private sealed class WordStage(SentencePieceBpe bpe, SentencePieceBpe plainBpe, IdBuffer ids, EncodingWork work) : TextStage
    {
        private readonly BpeScratch _scratch = bpe.Scratch();
        private BpeScratch? _plainScratch;

        /// <summary>Whether somebody typed the text that comes, or a part of it.</summary>
        public bool IsPlain { get; set; }

        public override void Token(int id) => ids.Add(id);

        protected override void OnBegin(bool first)
        {
        }

        protected override void OnEnd()
        {
        }

        protected override int Process(ReadOnlySpan<byte> text, bool last) => IsPlain && plainBpe != bpe
            ? plainBpe.Encode(text, last, _plainScratch ??= plainBpe.Scratch(), ids, work)
            : bpe.Encode(text, last, _scratch, ids, work);
    }
}
