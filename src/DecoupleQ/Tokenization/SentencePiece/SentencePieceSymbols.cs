using System.Text;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>
/// The characters of a text as symbols: pieces by their ids, then characters that are no piece but part of one by the numbers after the last id, as they may
/// merge still; any other character as the pieces of its UTF-8 bytes.
/// </summary>
internal sealed class SentencePieceSymbols : SymbolSource
{
    private readonly Dictionary<int, int> _symbols = [];
    private readonly List<Rune> _unlisted = [];
    private readonly int[] _byteIds = new int[256];
    private readonly int _pieces;

    public SentencePieceSymbols(IReadOnlyList<Piece> pieces)
    {
        _pieces = pieces.Count;
        foreach ((int id, Piece piece) in pieces.Index())
        {
            if (piece.Type == PieceType.Byte)
            {
                _byteIds[SentencePieceModel.ByteOf(piece.Text)!.Value] = id;
            }
            else if (piece.Type == PieceType.Normal && Single(piece.Text) is Rune character)
            {
                _symbols.Add(character.Value, id);
            }
        }
    }

    /// <summary>The symbol of a character that is part of a piece.</summary>
    public int OfPart(Rune character)
    {
        if (!_symbols.TryGetValue(character.Value, out int symbol))
        {
            symbol = _pieces + _unlisted.Count;
            _symbols.Add(character.Value, symbol);
            _unlisted.Add(character);
        }
        return symbol;
    }

    public override int IdCount => _unlisted.Count == 0 ? int.MaxValue : _pieces;

    public override int Symbols(ReadOnlySpan<byte> part, bool last, ref bool waiting, Span<int> symbols)
    {
        int count = 0;
        for (int position = 0; position < part.Length;)
        {
            int codePoint = Utf8.Decode(part, position, out int length);
            if (_symbols.TryGetValue(codePoint, out int symbol))
            {
                symbols[count++] = symbol;
                position += length;
                continue;
            }
            for (int end = position + length; position < end; position++)
            {
                symbols[count++] = _byteIds[part[position]];
            }
        }
        return count;
    }

    public override string Spelling(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word);

    /// <summary>A character without a piece that no merge took up is written as its bytes.</summary>
    public override void Write(int symbol, IdBuffer output)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte value in bytes[.._unlisted[symbol - _pieces].EncodeToUtf8(bytes)])
        {
            output.Add(_byteIds[value]);
        }
    }

    /// <summary>The only character of a text; null if it has another number of them.</summary>
    public static Rune? Single(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune only, out int length) == System.Buffers.OperationStatus.Done && length == text.Length ? only : null;
}
