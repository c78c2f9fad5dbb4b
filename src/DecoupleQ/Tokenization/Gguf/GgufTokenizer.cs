using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>Makes a tokenizer of the vocabulary in a GGUF file: the same ids as the tokenizer files that it was converted from.</summary>
internal static class GgufTokenizer
{
    private const string ModelKey = "tokenizer.ggml.model";
    private const string TokensKey = "tokenizer.ggml.tokens";
    private const string ScoresKey = "tokenizer.ggml.scores";
    private const string MergesKey = "tokenizer.ggml.merges";
    private const string PreKey = "tokenizer.ggml.pre";

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="vocabulary">The vocabulary; lists by id have one length, and ids are within it.</param>
    /// <param name="control">Which tokens are control tokens; by look if null.</param>
    /// <exception cref="DecoupleQException">The vocabulary is inconsistent, or of a kind that cannot be run exactly.</exception>
    public static Tokenizer Create(GgufVocabulary vocabulary, ControlTokens? control = null) => vocabulary.Model switch
    {
        "llama" => CreateSentencePiece(vocabulary, control ?? ControlTokens.ByLook),
        "gpt2" => CreateByteLevel(vocabulary, control ?? ControlTokens.ByLook),
        _ => throw Error(vocabulary, $"The kind is '{JsonSection.Shorten(vocabulary.Model)}', which is not supported.", ModelKey, "llama or gpt2"),
    };

    private static SentencePieceTokenizer CreateSentencePiece(GgufVocabulary vocabulary, ControlTokens control)
    {
        IReadOnlyList<float> scores = vocabulary.Scores ?? throw Error(vocabulary, "The field is missing.", ScoresKey, "a score for each token");
        Piece[] pieces = [.. vocabulary.Tokens.Select((text, id) => new Piece(text, scores[id], vocabulary.Types[id]))];
        CheckUnused(vocabulary, pieces);
        bool removesExtraSpaces = vocabulary.RemovesExtraSpaces ?? false;
        SentencePieceModel.CheckPieces(vocabulary.File, TokensKey, [.. pieces.Where(piece => piece.Type != PieceType.Unused)], removesExtraSpaces);
        var model = new SentencePieceModel(pieces, vocabulary.AddsSpacePrefix ?? true, removesExtraSpaces, vocabulary.BeginningId)
        {
            File = vocabulary.File,
        };
        return new SentencePieceTokenizer(model, new SentencePieceSettings
        {
            Control = control,
            LeadingId = Leading(vocabulary, byDefault: true),
            BeginningId = vocabulary.BeginningId,
            TrailingId = Trailing(vocabulary),
        });
    }

    /// <summary>Unused pieces fill a vocabulary up to the embedding's rows. They are passed over, which is exact where no two pieces merge into one;
    /// SentencePiece merges into the others and takes them apart again.</summary>
    private static void CheckUnused(GgufVocabulary vocabulary, Piece[] pieces)
    {
        HashSet<string> texts = [.. pieces.Where(piece => piece.Type is PieceType.Normal or PieceType.Unused).Select(piece => piece.Text)];
        foreach ((int id, Piece piece) in pieces.Index())
        {
            if (piece.Text.Length == 0)
            {
                throw Error(vocabulary, "The token is empty.", $"{TokensKey}[{id}]", "a text for each token");
            }
            if (piece.Type == PieceType.Unused && piece.Text.Length > SentencePieceModel.LongestPiece)
            {
                throw Error(
                    vocabulary, $"The token has {piece.Text.Length} characters.", $"{TokensKey}[{id}]", $"at most {SentencePieceModel.LongestPiece}");
            }
            if (piece.Type == PieceType.Unused && Splits(piece.Text).Any(split => texts.Contains(split.Left) && texts.Contains(split.Right)))
            {
                throw Error(
                    vocabulary, $"The token '{JsonSection.Shorten(piece.Text)}' is unused, and other tokens merge into it.", $"{TokensKey}[{id}]",
                    "unused tokens that only fill the vocabulary up");
            }
        }
    }

    private static IEnumerable<(string Left, string Right)> Splits(string text) =>
        Enumerable.Range(1, text.Length - 1).Select(at => (text[..at], text[at..]));

    private static PipelineTokenizer CreateByteLevel(GgufVocabulary vocabulary, ControlTokens control)
    {
        string name = vocabulary.Pre ?? "default";
        GgufPreTokenizer preTokenizer = GgufPreTokenizer.Find(name)
            ?? throw Error(
                vocabulary, $"The pre-tokenizer is '{JsonSection.Shorten(name)}', which is not supported.", PreKey,
                string.Join(", ", GgufPreTokenizer.Names));
        if (vocabulary.AddsSpacePrefix == true)
        {
            throw Error(vocabulary, "The value is true.", "tokenizer.ggml.add_space_prefix", "false for the kind gpt2");
        }
        Dictionary<string, int> ids = Ids(vocabulary);
        var bpe = new BpeVocabulary
        {
            Ids = ids,
            Merges = Merges(vocabulary, ids),
            WholeWords = preTokenizer.IgnoresMerges
                ? ids.Where(token => vocabulary.Types[token.Value] == PieceType.Normal).ToDictionary(StringComparer.Ordinal)
                : null,
        };
        int? leading = Leading(vocabulary, preTokenizer.AddsBeginning);
        int? trailing = Trailing(vocabulary);
        return new PipelineTokenizer(new TokenizerParts
        {
            File = vocabulary.File,
            Tokens = vocabulary.Tokens,
            AddedTokens = AddedTokensOf(vocabulary),
            Control = control,
            Normalizers = preTokenizer.Normalizes ? [new NfcNormalizer { Field = PreKey }] : [],
            PreTokenizers = preTokenizer.Steps(PreKey),
            Model = bpe.Model(bpe.TryBytes()!),
            Template = new Template(leading is int before ? [before] : [], trailing is int after ? [after] : []),
            Decoders = [new ByteLevelDecoder()],
            LeadingId = leading,
            BeginningId = vocabulary.BeginningId,
        });
    }

    private static Dictionary<string, int> Ids(GgufVocabulary vocabulary)
    {
        var ids = new Dictionary<string, int>(vocabulary.Tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            string token = vocabulary.Tokens[id];
            if (vocabulary.Types[id] != PieceType.Unused && !ids.TryAdd(token, id))
            {
                throw Error(vocabulary, $"The token '{JsonSection.Shorten(token)}' is there twice.", $"{TokensKey}[{id}]", "each token once");
            }
        }
        return ids;
    }

    private static IReadOnlyCollection<Merge> Merges(GgufVocabulary vocabulary, Dictionary<string, int> ids)
    {
        var merges = new MergeList(ids);
        foreach ((int index, string merge) in (vocabulary.Merges ?? throw Error(vocabulary, "The field is missing.", MergesKey, "merges")).Index())
        {
            (string left, string right) = MergeList.Split(merge)
                ?? throw Error(vocabulary, "The merge is not a pair.", $"{MergesKey}[{index}]", "two tokens with one space between them");
            if (merges.Add(left, right) is { } missing)
            {
                throw Error(
                    vocabulary, $"The merge needs the token '{JsonSection.Shorten(missing)}', which the vocabulary lacks.", $"{MergesKey}[{index}]",
                    "merges of tokens in the vocabulary");
            }
        }
        return merges.Merges;
    }

    private static List<(string Pattern, AddedToken Token)> AddedTokensOf(GgufVocabulary vocabulary)
    {
        var tokens = new List<(string Pattern, AddedToken Token)>();
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            PieceType type = vocabulary.Types[id];
            string text = vocabulary.Tokens[id];
            if (type is PieceType.Control or PieceType.Unknown or PieceType.UserDefined)
            {
                if (text.Length is 0 or > AddedTokenFinder.LongestToken)
                {
                    throw Error(vocabulary, $"The token has {text.Length} characters.", $"{TokensKey}[{id}]", $"1 to {AddedTokenFinder.LongestToken}");
                }
                tokens.Add((text, new AddedToken(text, id, IsSpecial: type != PieceType.UserDefined)));
            }
        }
        return tokens;
    }

    private static int? Leading(GgufVocabulary vocabulary, bool byDefault)
    {
        if (!(vocabulary.AddsBeginning ?? byDefault))
        {
            return null;
        }
        return vocabulary.BeginningId
            ?? (vocabulary.AddsBeginning is null
                ? null
                : throw Error(vocabulary, "The field is missing.", "tokenizer.ggml.bos_token_id", "the token that add_bos_token adds"));
    }

    private static int? Trailing(GgufVocabulary vocabulary) => vocabulary.AddsEnd != true
        ? null
        : vocabulary.EndId ?? throw Error(vocabulary, "The field is missing.", "tokenizer.ggml.eos_token_id", "the token that add_eos_token adds");

    private static DecoupleQException Error(GgufVocabulary vocabulary, string problem, string key, string expected) =>
        new(problem, vocabulary.File, key, expected);
}
