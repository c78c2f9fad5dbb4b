namespace DecoupleQ.Tokenization;

/// <summary>What becomes of the text of a control token (<c>&lt;s&gt;</c>, <c>&lt;|im_end|&gt;</c>, <c>&lt;tool_call&gt;</c>) inside a text.</summary>
/// <remarks>
/// Control tokens are those that the tokenizer marks as special, those that end a text, that the model's chat template spells or its settings name, and added
/// tokens that stand in brackets. Other added tokens, such as runs of white space, are found in any text.
/// </remarks>
public enum SpecialTokens
{
    /// <summary>It is text like any other: what a user types cannot become a control token.</summary>
    AsText,

    /// <summary>It becomes the token.</summary>
    Recognized,
}

/// <summary>Turns text into a model's ids and back.</summary>
public abstract class Tokenizer
{
    /// <summary>The file name of a SentencePiece model.</summary>
    internal const string ModelFile = "tokenizer.model";

    /// <summary>Ids run from 0 to this number, exclusive: one more than the highest id.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>
    /// The beginning-of-sequence id that this model's inputs start with (<c>add_bos_token</c>, else the tokenizer's post-processor); null if they start
    /// with none.
    /// </summary>
    public abstract int? LeadingId { get; }

    /// <summary>The beginning-of-sequence id (<c>bos_token</c>), whether inputs start with it or not; null if the tokenizer names none.</summary>
    public abstract int? BeginningId { get; }

    /// <summary>Ids of <paramref name="text"/>, without a beginning-of-sequence id or any other addition.</summary>
    /// <remarks>The time is linear in the text's length, and besides the ids little more memory is taken than the longest word needs.</remarks>
    /// <param name="text">The text.</param>
    /// <param name="special">What becomes of control tokens in it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The tokenizer's steps take too much on this text: they backtrack, or make it longer, without end.</exception>
    public abstract IReadOnlyList<int> Encode(string text, SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins to encode a text that comes in parts. The ids are those that <see cref="Encode(string, SpecialTokens, CancellationToken)"/> gives.
    /// </summary>
    /// <param name="special">What becomes of control tokens in the text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public abstract TextEncoder BeginEncoding(SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ids of <paramref name="text"/> with control tokens recognized, except those that touch a stretch that is plain text, such as what a user typed.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="plain">
    /// Stretches of the text in UTF-16 units, apart from one another; a control token in them is text as with <see cref="SpecialTokens.AsText"/>.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentOutOfRangeException">A stretch does not lie in the text.</exception>
    /// <exception cref="DecoupleQException">The tokenizer's steps take too much on this text.</exception>
    public abstract IReadOnlyList<int> Encode(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins to encode a text that comes in parts, with the ids of <see cref="Encode(string, IReadOnlyList{Range}, CancellationToken)"/>.
    /// </summary>
    /// <param name="text">The whole text, whose parts are to follow.</param>
    /// <param name="plain">Stretches of it, as there.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    internal abstract TextEncoder BeginEncoding(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken);

    /// <summary>Ids of <paramref name="text"/> with control tokens recognized and with what the tokenizer's post-processor adds before and after it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The tokenizer's steps take too much on this text.</exception>
    public abstract IReadOnlyList<int> EncodeWithTemplate(string text, CancellationToken cancellationToken = default);

    /// <summary>
    /// The text of <paramref name="ids"/>, special tokens left out; bytes that are not UTF-8 become U+FFFD, and ids without a token are passed over.
    /// </summary>
    public abstract string Decode(IReadOnlyList<int> ids);

    /// <summary>The text of <paramref name="ids"/>, special tokens spelled out.</summary>
    public abstract string DecodeWithSpecialTokens(IReadOnlyList<int> ids);

    /// <summary>The id of a token by its text (<c>&lt;/s&gt;</c>), or null.</summary>
    public abstract int? IdOf(string token);

    /// <summary>The token of an id as the vocabulary spells it (<c>Ġthe</c>), or null.</summary>
    public abstract string? TokenOf(int id);

    /// <summary>
    /// The bytes that a token adds to a text that has begun; null for control tokens and ids without a token. Those of a few tokens may be one character.
    /// </summary>
    /// <param name="id">The id.</param>
    public abstract byte[]? SpelledBy(int id);
}
