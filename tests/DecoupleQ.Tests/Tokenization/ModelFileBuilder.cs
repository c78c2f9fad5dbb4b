using System.Buffers.Binary;
using System.Text;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>Writes small SentencePiece models, field by field.</summary>
internal sealed record ModelFileBuilder
{
    public int ModelType { get; init; } = 2;

    public bool ByteFallback { get; init; } = true;

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; }

    public bool EscapeWhitespaces { get; init; } = true;

    public bool WhitespaceAsSuffix { get; init; }

    public string Normalizer { get; init; } = "identity";

    public byte[] CharacterMap { get; init; } = [];

    public IReadOnlyList<(string Text, PieceType Type)> Pieces { get; init; } = [];

    /// <summary>Unknown, beginning, end, the bytes, then <see cref="Pieces"/> with falling scores from id 259 on.</summary>
    public byte[] Build()
    {
        var model = new List<byte>();
        AddPiece(model, "<unk>", 0, PieceType.Unknown);
        AddPiece(model, "<s>", 0, PieceType.Control);
        AddPiece(model, "</s>", 0, PieceType.Control);
        for (int value = 0; value < 256; value++)
        {
            AddPiece(model, $"<0x{value:X2}>", 0, PieceType.Byte);
        }
        foreach ((int index, (string text, PieceType type)) in Pieces.Index())
        {
            AddPiece(model, text, -index, type);
        }
        var trainer = new List<byte>();
        AddInteger(trainer, 3, ModelType);
        AddInteger(trainer, 24, WhitespaceAsSuffix ? 1 : 0);
        AddInteger(trainer, 35, ByteFallback ? 1 : 0);
        AddBytes(model, 2, trainer);
        var normalizer = new List<byte>();
        AddBytes(normalizer, 1, Encoding.UTF8.GetBytes(Normalizer));
        AddBytes(normalizer, 2, CharacterMap);
        AddInteger(normalizer, 3, AddDummyPrefix ? 1 : 0);
        AddInteger(normalizer, 4, RemoveExtraWhitespaces ? 1 : 0);
        AddInteger(normalizer, 5, EscapeWhitespaces ? 1 : 0);
        AddBytes(model, 3, normalizer);
        return [.. model];
    }

    /// <summary>Writes the model to a new folder and loads it.</summary>
    public DecoupleQ.Tokenization.Tokenizer Load(string? config = null, string? addedTokens = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("tokenizer.model"), Build());
        if (config is not null)
        {
            File.WriteAllText(folder.File("tokenizer_config.json"), config);
        }
        if (addedTokens is not null)
        {
            File.WriteAllText(folder.File("added_tokens.json"), addedTokens);
        }
        return TokenizerFiles.Load(folder.Path);
    }

    private static void AddPiece(List<byte> model, string text, float score, PieceType type)
    {
        var piece = new List<byte>();
        AddBytes(piece, 1, Encoding.UTF8.GetBytes(text));
        AddVarint(piece, (2 << 3) | 5);
        var bits = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bits, score);
        piece.AddRange(bits);
        AddInteger(piece, 3, (int)type);
        AddBytes(model, 1, piece);
    }

    private static void AddBytes(List<byte> message, int field, IReadOnlyCollection<byte> bytes)
    {
        AddVarint(message, (field << 3) | 2);
        AddVarint(message, bytes.Count);
        message.AddRange(bytes);
    }

    private static void AddInteger(List<byte> message, int field, int value)
    {
        AddVarint(message, field << 3);
        AddVarint(message, value);
    }

    private static void AddVarint(List<byte> message, int value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.Add((byte)(value | 0x80));
        }
        message.Add((byte)value);
    }
}
