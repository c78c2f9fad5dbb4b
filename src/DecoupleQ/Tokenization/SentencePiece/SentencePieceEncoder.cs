using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Encodes text: added tokens first, then each stretch between them with its spaces as SentencePiece writes them.</summary>
internal sealed class SentencePieceEncoder : TextSteps
{
    private readonly AddedTokenStage? _userDefinedStage;
    private readonly SpaceStage _spaces;
    private readonly ModelSink _words;

    public SentencePieceEncoder(
        SentencePieceModel model, PrefixRule prefixRule, AddedTokenFinder added, AddedTokenFinder userDefined, SentencePieceBpe bpe,
        SentencePieceBpe plainBpe)
        : base(model.File)
    {
        _words = new ModelSink(bpe.Model, plainBpe.Model, Ids, Work);
        var splitting = new SplitStage(new SeamSplit(bpe.Seams), _words, Work);
        _userDefinedStage = userDefined.IsEmpty ? null : new AddedTokenStage(userDefined, splitting, Work);
        _spaces = new SpaceStage(model, prefixRule, _userDefinedStage ?? (TextSink)splitting, Work);
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
}
