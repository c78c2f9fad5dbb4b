using System.Text;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>What a piece of a SentencePiece vocabulary is (<c>SentencePiece.Type</c> of sentencepiece_model.proto).</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece of the vocabulary; its id is its position.</summary>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>
/// A <c>tokenizer.model</c> of the kind that can be run exactly: byte-pair encoding with byte fallback and no normalization but that of spaces.
/// </summary>
/// <param name="Pieces">The vocabulary, by id.</param>
/// <param name="AddDummyPrefix">A space is put before the text.</param>
/// <param name="RemoveExtraWhitespaces">Spaces at both ends are dropped, and runs of them become one.</param>
/// <param name="BeginningId">Id of the beginning-of-sequence piece; null if there is none.</param>
internal sealed record SentencePieceModel(IReadOnlyList<Piece> Pieces, bool AddDummyPrefix, bool RemoveExtraWhitespaces, int? BeginningId)
{
    private const int BytePairEncoding = 2;

    // Sections of ModelProto and fields of their messages in sentencepiece_model.proto.
    private const int PiecesField = 1, TrainerField = 2, NormalizerField = 3, DenormalizerField = 5;

    /// <summary>The file, for errors; null for a model that is in none.</summary>
    public string? File { get; init; }

    /// <summary>Reads <paramref name="path"/>.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, or of a kind that cannot be run exactly.</exception>
    public static SentencePieceModel Read(string path) => Parse(StoredFile.ReadAll(path, FileKind.SentencePiece), path);

    /// <summary>Parses the content of <paramref name="path"/>.</summary>
    /// <exception cref="DecoupleQException">It is damaged, or of a kind that cannot be run exactly.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> content, string path)
    {
        try
        {
            return ParseMessage(content, path);
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException)
        {
            throw new DecoupleQException($"The file is no SentencePiece model: {error.Message}.", path, inner: error);
        }
    }

    private static SentencePieceModel ParseMessage(ReadOnlySpan<byte> content, string path)
    {
        var pieces = new List<Piece>();
        // The defaults are those of the schema.
        var trainer = new Trainer(ModelType: 1, ByteFallback: false, WhitespaceAsSuffix: false, BeginningId: 1);
        var normalizer = new Normalizer("", AddDummyPrefix: true, RemoveExtraWhitespaces: true, EscapeWhitespaces: true, HasCharacterMap: false);
        bool denormalizes = false;
        var reader = new ProtobufReader(content);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case PiecesField:
                    pieces.Add(ParsePiece(reader.Bytes));
                    break;
                case TrainerField:
                    trainer = ParseTrainer(reader.Bytes, trainer);
                    break;
                case NormalizerField:
                    normalizer = ParseNormalizer(reader.Bytes, normalizer);
                    break;
                case DenormalizerField:
                    denormalizes = ParseNormalizer(reader.Bytes, normalizer).HasCharacterMap;
                    break;
            }
        }
        if (pieces.Count == 0)
        {
            throw new InvalidDataException("it has no pieces");
        }
        CheckSupport(path, trainer, normalizer, denormalizes);
        CheckPieces(path, "pieces", pieces, normalizer.RemoveExtraWhitespaces);
        int? beginning = trainer.BeginningId >= 0 && trainer.BeginningId < pieces.Count && pieces[(int)trainer.BeginningId].Type == PieceType.Control
            ? (int)trainer.BeginningId : null;
        return new SentencePieceModel(pieces, normalizer.AddDummyPrefix, normalizer.RemoveExtraWhitespaces, beginning) { File = path };
    }

    private static void CheckSupport(string path, Trainer trainer, Normalizer normalizer, bool denormalizes)
    {
        if (trainer.ModelType != BytePairEncoding)
        {
            string name = trainer.ModelType switch { 1 => "unigram", 3 => "word", 4 => "char", _ => $"type {trainer.ModelType}" };
            throw Unsupported(path, "trainer_spec.model_type", $"The model is {name}.", "bpe");
        }
        if (!trainer.ByteFallback)
        {
            throw Unsupported(path, "trainer_spec.byte_fallback", "The model has no byte fallback.", "true");
        }
        if (trainer.WhitespaceAsSuffix)
        {
            throw Unsupported(path, "trainer_spec.treat_whitespace_as_suffix", "The value is true.", "false");
        }
        if (normalizer.HasCharacterMap)
        {
            throw Unsupported(path, "normalizer_spec.name", $"The normalizer is '{normalizer.Name}'.", "identity");
        }
        if (!normalizer.EscapeWhitespaces)
        {
            throw Unsupported(path, "normalizer_spec.escape_whitespaces", "The value is false.", "true");
        }
        if (denormalizes)
        {
            throw Unsupported(path, "denormalizer_spec", "The model denormalizes what it decodes.", "none");
        }
    }

    /// <summary>Longest piece that merges make, in UTF-16 units, as each place in it is tried. Published ones have up to 32.</summary>
    public const int LongestPiece = 512;

    /// <summary>Refuses pieces that cannot be run exactly.</summary>
    /// <param name="path">The file.</param>
    /// <param name="list">The field of the file that lists them.</param>
    /// <param name="pieces">The pieces, by id.</param>
    /// <param name="removesExtraWhitespaces">Whether runs of spaces become one.</param>
    public static void CheckPieces(string path, string list, IReadOnlyList<Piece> pieces, bool removesExtraWhitespaces)
    {
        var texts = new HashSet<string>(pieces.Count);
        var bytes = new HashSet<byte>();
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            string field = $"{list}[{id}]";
            if (piece.Text.Length == 0 || !float.IsFinite(piece.Score) || !texts.Add(piece.Text))
            {
                throw new DecoupleQException("The piece is empty, there twice, or has a score that is not finite.", path, field);
            }
            if (piece.Type is PieceType.Normal && piece.Text.Length > LongestPiece)
            {
                throw new DecoupleQException($"The piece has {piece.Text.Length} characters.", path, field, $"at most {LongestPiece}");
            }
            switch (piece.Type)
            {
                case PieceType.Normal or PieceType.Control or PieceType.Unknown:
                    break;
                case PieceType.Byte when ByteOf(piece.Text) is byte value:
                    bytes.Add(value);
                    break;
                case PieceType.UserDefined when !removesExtraWhitespaces:
                    break;
                default:
                    throw Unsupported(
                        path, field, $"The piece is of type {piece.Type}.",
                        "normal, control, unknown or byte; user defined only where extra spaces are kept");
            }
        }
        if (bytes.Count != 256)
        {
            throw new DecoupleQException($"The vocabulary has {bytes.Count} bytes.", path, list, "<0x00> to <0xFF>, all 256, for byte fallback");
        }
    }

    /// <summary>The byte of a piece such as <c>&lt;0x0A&gt;</c>; null if it is none.</summary>
    public static byte? ByteOf(string piece) => ByteToken.TryParse(piece, out byte value) ? value : null;

    private static Piece ParsePiece(ReadOnlySpan<byte> message)
    {
        (string text, float score, long type) = ("", 0, (long)PieceType.Normal);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = StrictUtf8.GetString(reader.Bytes);
                    break;
                case 2:
                    score = reader.Single;
                    break;
                case 3:
                    type = reader.Integer;
                    break;
            }
        }
        return new Piece(text, score, (PieceType)(int)Math.Clamp(type, 0, int.MaxValue));
    }

    private static Trainer ParseTrainer(ReadOnlySpan<byte> message, Trainer trainer)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            trainer = reader.Field switch
            {
                3 => trainer with { ModelType = reader.Integer },
                24 => trainer with { WhitespaceAsSuffix = reader.Integer != 0 },
                35 => trainer with { ByteFallback = reader.Integer != 0 },
                41 => trainer with { BeginningId = reader.Integer },
                _ => trainer,
            };
        }
        return trainer;
    }

    private static Normalizer ParseNormalizer(ReadOnlySpan<byte> message, Normalizer normalizer)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            normalizer = reader.Field switch
            {
                1 => normalizer with { Name = Encoding.UTF8.GetString(reader.Bytes[..Math.Min(40, reader.Bytes.Length)]) },
                2 => normalizer with { HasCharacterMap = !reader.Bytes.IsEmpty },
                3 => normalizer with { AddDummyPrefix = reader.Integer != 0 },
                4 => normalizer with { RemoveExtraWhitespaces = reader.Integer != 0 },
                5 => normalizer with { EscapeWhitespaces = reader.Integer != 0 },
                _ => normalizer,
            };
        }
        return normalizer;
    }

    private static DecoupleQException Unsupported(string path, string field, string message, string expected) =>
        new(message + " Such tokenizers are not supported.", path, field, expected);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly record struct Trainer(long ModelType, bool ByteFallback, bool WhitespaceAsSuffix, long BeginningId);

    private readonly record struct Normalizer(string Name, bool AddDummyPrefix, bool RemoveExtraWhitespaces, bool EscapeWhitespaces, bool HasCharacterMap);
}
