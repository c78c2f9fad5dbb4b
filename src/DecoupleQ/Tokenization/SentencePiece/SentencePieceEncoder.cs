using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Encodes text: added tokens first, then each stretch between them with its spaces as SentencePiece writes them.</summary>
internal sealed class SentencePieceEncoder : TextSteps
{
    private readonly AddedTokenStage? _userDefinedStage;
    private readonly SpaceStage _spaces;
    private readonly WordStage _words;

    public SentencePieceEncoder(
        SentencePieceModel model, PrefixRule prefixRule, AddedTokenFinder added, AddedTokenFinder userDefined, SentencePieceBpe bpe,
        SentencePieceBpe plainBpe)
        : base(model.File)
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
