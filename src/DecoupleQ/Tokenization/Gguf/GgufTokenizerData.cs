using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>The tokenizer in the metadata of a GGUF file, as it stands there, checked for consistency.</summary>
/// <remarks>A file with nothing but a tokenizer will do, and so will any shard of a model. Every id is one of a token.</remarks>
internal sealed record GgufTokenizerData
{
    private const string Prefix = "tokenizer.ggml.", ModelKey = Prefix + "model";

    /// <summary>The keys under <c>tokenizer.ggml.</c>.</summary>
    public static KeyTable Keys { get; } = new(
        "GGUF metadata tokenizer.ggml.*",
        [
            .. KnownKey.Honoured(
                "model", "pre", "tokens", "scores", "token_type", "merges", "bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id",
                "unknown_token_id", "padding_token_id", "add_bos_token", "add_eos_token", "add_space_prefix", "remove_extra_whitespaces"),
            .. KnownKey.Harmless(
                "token_type_count", "seperator_token_id", "separator_token_id", "cls_token_id", "mask_token_id", "prefix_token_id", "suffix_token_id",
                "middle_token_id", "fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id", "fim_pad_token_id", "fim_rep_token_id", "fim_sep_token_id"),
            KnownKey.Refused("add_sep_token", "0"),
        ]);

    /// <summary>The metadata, for errors that name a key.</summary>
    public required GgufMetadata Metadata { get; init; }

    /// <summary>The vocabulary, from which the tokenizer is made.</summary>
    public required GgufVocabulary Vocabulary { get; init; }

    /// <summary>Ids that end a text, a turn or a message.</summary>
    public IReadOnlySet<int> EndIds { get; init; } = new HashSet<int>();

    /// <summary>Id of the token for what is unknown.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Id of the padding token; null if there is none, and for one beyond the vocabulary, which no text becomes.</summary>
    public int? PaddingId { get; init; }

    /// <summary>The chat template (Jinja); null if there is none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The chat template for conversations with tools, if there is one of its own.</summary>
    public string? ToolTemplate { get; init; }

    /// <summary>Reads the tokenizer of a GGUF file.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, has no tokenizer, or its parts do not fit one another.</exception>
    public static GgufTokenizerData Read(string path) => Of(ReadMetadata(path));

    /// <summary>As <see cref="Read"/>; null if the file has no tokenizer.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, or the parts of its tokenizer do not fit one another.</exception>
    public static GgufTokenizerData? ReadIfThere(string path) => ReadMetadata(path) is GgufMetadata metadata && metadata.Has(ModelKey) ? Of(metadata) : null;

    /// <summary>What reading the tokenizer of a GGUF file guesses.</summary>
    /// <exception cref="DecoupleQException">The file is damaged.</exception>
    public static IReadOnlyList<string> WarningsOf(string path) => GgufWarnings.Of(ReadMetadata(path));

    private static GgufMetadata ReadMetadata(string path)
    {
        IReadOnlyList<GgufFile> files = GgufShards.Open(path, TensorAccess.Read);
        foreach (GgufFile file in files)
        {
            file.Dispose();
        }
        return files[0].Metadata;
    }

    /// <summary>The tokenizer in <paramref name="metadata"/>.</summary>
    /// <exception cref="DecoupleQException">There is none, or its parts do not fit one another.</exception>
    public static GgufTokenizerData Of(GgufMetadata metadata)
    {
        const string TokensKey = Prefix + "tokens", TypesKey = Prefix + "token_type", ScoresKey = Prefix + "scores";
        string model = metadata.RequiredText(ModelKey);
        metadata.Check(Keys, Prefix);
        IReadOnlyList<string> tokens = metadata.Texts(TokensKey) ?? throw metadata.Absent(TokensKey, "the texts of the tokens");
        if (tokens.Count == 0)
        {
            throw metadata.Unexpected(TokensKey, "at least one token");
        }
        IReadOnlyList<int>? types = metadata.Integers(TypesKey);
        IReadOnlyList<float>? scores = metadata.Numbers(ScoresKey);
        CheckLength(metadata, TypesKey, types?.Count, tokens.Count);
        CheckLength(metadata, ScoresKey, scores?.Count, tokens.Count);
        PieceType[] pieceTypes = types is null
            ? [.. Enumerable.Repeat(PieceType.Normal, tokens.Count)]
            : [.. types.Select(type => Enum.IsDefined((PieceType)type) ? (PieceType)type : throw metadata.Unexpected(TypesKey, "types from 1 to 6"))];
        foreach (int id in GgufEndIds.ByText(metadata).Where(id => pieceTypes[id] == PieceType.Normal))
        {
            // A converter's mistake: as text, it could not be found where the chat template wrote it.
            pieceTypes[id] = PieceType.Control;
        }
        return new GgufTokenizerData
        {
            Metadata = metadata,
            Vocabulary = new GgufVocabulary
            {
                File = metadata.File,
                Model = model,
                Pre = metadata.Text(Prefix + "pre"),
                Tokens = tokens,
                Scores = scores is null || scores.All(float.IsFinite) ? scores : throw metadata.Unexpected(ScoresKey, "finite scores"),
                Types = pieceTypes,
                Merges = metadata.Texts(Prefix + "merges"),
                BeginningId = Id(metadata, "bos_token_id", tokens.Count),
                EndId = Id(metadata, "eos_token_id", tokens.Count),
                AddsBeginning = metadata.Flag(Prefix + "add_bos_token"),
                AddsEnd = metadata.Flag(Prefix + "add_eos_token"),
                AddsSpacePrefix = metadata.Flag(Prefix + "add_space_prefix"),
                RemovesExtraSpaces = metadata.Flag(Prefix + "remove_extra_whitespaces"),
            },
            EndIds = EndIdsOf(metadata, tokens.Count),
            UnknownId = Id(metadata, "unknown_token_id", tokens.Count),
            PaddingId = metadata.TokenId(Prefix + "padding_token_id") is int padding && padding < tokens.Count ? padding : null,
            ChatTemplate = metadata.Text("tokenizer.chat_template"),
            ToolTemplate = metadata.Text("tokenizer.chat_template.tool_use"),
        };
    }

    /// <summary>
    /// Which tokens are control tokens: besides those that look so, those that end a text or a turn, and those that the chat template spells.
    /// </summary>
    public ControlTokens Control => new()
    {
        Templates = [.. new[] { ChatTemplate, ToolTemplate }.OfType<string>()],
        EndIds = EndIds,
    };

    /// <summary>The text of an id of a special token; null for none.</summary>
    public string? TextOf(int? id) => id is int known ? Vocabulary.Tokens[known] : null;

    private static int? Id(GgufMetadata metadata, string name, int tokens) => metadata.TokenId(Prefix + name, tokens - 1);

    private static HashSet<int> EndIdsOf(GgufMetadata metadata, int tokens)
    {
        foreach (string key in (string[])["eos_token_id", "eot_token_id", "eom_token_id"])
        {
            Id(metadata, key, tokens);
        }
        return [.. GgufEndIds.Of(metadata)];
    }

    private static void CheckLength(GgufMetadata metadata, string key, int? length, int tokens)
    {
        if (length is int count && count != tokens)
        {
            throw metadata.Unexpected(key, $"an array of {tokens}, one a token");
        }
    }
}
