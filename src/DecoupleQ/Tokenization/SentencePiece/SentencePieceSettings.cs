using DecoupleQ.Tokenization.AddedTokens;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>Where the space goes that SentencePiece puts before a text.</summary>
internal enum PrefixRule
{
    /// <summary>Before the text.</summary>
    StartOfText,

    /// <summary>Before every stretch between added tokens, as transformers does unless <c>legacy</c> is false.</summary>
    EveryStretch,
}

/// <summary>What a model's folder or file says of a SentencePiece tokenizer besides the vocabulary.</summary>
internal sealed record SentencePieceSettings
{
    /// <summary>Tokens that the folder adds.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Which of the tokens are control tokens.</summary>
    public ControlTokens Control { get; init; } = ControlTokens.ByLook;

    public PrefixRule Prefix { get; init; } = PrefixRule.EveryStretch;

    /// <summary>See <see cref="Tokenizer.LeadingId"/>.</summary>
    public int? LeadingId { get; init; }

    /// <summary>See <see cref="Tokenizer.BeginningId"/>.</summary>
    public int? BeginningId { get; init; }

    /// <summary>The id that inputs end with; null if they end with none.</summary>
    public int? TrailingId { get; init; }
}
