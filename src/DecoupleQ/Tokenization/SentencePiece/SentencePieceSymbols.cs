using System.Text;
using DecoupleQ.Tokenization.Bpe;
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

    public override int Symbols(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        int count = 0;
        for (int position = 0; position < word.Length;)
        {
            int codePoint = Utf8.Decode(word, position, out int length);
            if (_symbols.TryGetValue(codePoint, out int symbol))
            {
                symbols[count++] = symbol;
                position += length;
                continue;
            }
            for (int end = position + length; position < end; position++)
            {
                symbols[count++] = _byteIds[word[position]];
            }
        }
        return count;
    }

    public override string Spelling(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word);

    /// <summary>Puts the ids of their bytes in the place of characters without a piece that no merge took up.</summary>
    /// <param name="ids">The list.</param>
    /// <param name="from">Where to begin.</param>
    public void Resolve(List<int> ids, int from)
    {
        if (_unlisted.Count == 0)
        {
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        for (int i = from; i < ids.Count; i++)
        {
            if (ids[i] >= _pieces)
            {
                int length = _unlisted[ids[i] - _pieces].EncodeToUtf8(bytes);
                ids[i] = _byteIds[bytes[0]];
                for (int k = 1; k < length; k++)
                {
                    ids.Insert(++i, _byteIds[bytes[k]]);
                }
            }
        }
    }

    /// <summary>The only character of a text; null if it has another number of them.</summary>
    public static Rune? Single(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune only, out int length) == System.Buffers.OperationStatus.Done && length == text.Length ? only : null;
}
