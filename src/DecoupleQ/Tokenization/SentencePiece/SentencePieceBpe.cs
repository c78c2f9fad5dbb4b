using System.Text;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>
/// SentencePiece's byte-pair encoding: starting from single characters, the two neighbours whose concatenation is the piece of the highest score
/// are merged (the leftmost of equals), until none are left. Characters that are no piece become their UTF-8 bytes.
/// </summary>
/// <remarks>
/// Pieces are normal ones; bytes stand for what has none. Every pair that makes a piece is a merge that ranks by the piece's score, so that the merging is
/// that of any other byte-pair encoding.
/// </remarks>
internal sealed class SentencePieceBpe
{
    /// <summary>What SentencePiece writes for a space (U+2581).</summary>
    public const char Space = '\u2581';

    // What a part of a piece is that is no piece itself.
    private const int None = -1, Character = -2;

    private static readonly byte[] SpaceBytes = Encoding.UTF8.GetBytes([Space]);

    private readonly SentencePieceSymbols _symbols;
    private readonly BpeModel _model;
    private readonly bool _wordsAreIndependent;

    // Idle scratch, taken by the next call: threads that run at the same time make their own.
    private BpeScratch? _idle;

    public SentencePieceBpe(IReadOnlyList<Piece> pieces)
        : this(new SentencePieceSymbols(pieces), pieces)
    {
    }

    private SentencePieceBpe(SentencePieceSymbols symbols, IReadOnlyList<Piece> pieces)
        : this(
            symbols, new BpeModel(symbols, new MergeTable(Merges(pieces, symbols))),
            !pieces.Any(piece => piece.Type == PieceType.Normal && HasSeam(piece.Text)))
    {
    }

    private SentencePieceBpe(SentencePieceSymbols symbols, BpeModel model, bool wordsAreIndependent)
    {
        _symbols = symbols;
        _model = model;
        _wordsAreIndependent = wordsAreIndependent;
    }

    /// <summary>The same encoding, but nothing merges into a piece of <paramref name="ids"/>.</summary>
    public SentencePieceBpe Without(IReadOnlySet<int> ids) =>
        _model.Without(ids) is var model && model == _model ? this : new(_symbols, model, _wordsAreIndependent);

    /// <summary>Appends the ids of <paramref name="text"/>, UTF-8 in which spaces are <see cref="Space"/>.</summary>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        BpeScratch scratch = Interlocked.Exchange(ref _idle, null) ?? new BpeScratch(_model.Merges);
        int start = ids.Count;
        while (!text.IsEmpty)
        {
            // No merge can reach over a space that follows another character unless some piece does.
            ReadOnlySpan<byte> word = _wordsAreIndependent ? text[..EndOfWord(text)] : text;
            _model.Encode(word, scratch, ids);
            text = text[word.Length..];
        }
        _symbols.Resolve(ids, start);
        _idle = scratch;
    }

    private static List<Merge> Merges(IReadOnlyList<Piece> pieces, SentencePieceSymbols symbols)
    {
        Dictionary<float, int> ranks = pieces.Select(p => p.Score).Distinct().OrderDescending().Index().ToDictionary(s => s.Item, s => s.Index);
        // Control pieces are left out: what a text spells cannot become one.
        Dictionary<string, int> ids = pieces.Index().Where(p => p.Item.Type == PieceType.Normal).ToDictionary(p => p.Item.Text, p => p.Index);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<Merge>();
        foreach ((string text, int id) in ids)
        {
            int rank = ranks[pieces[id].Score];
            for (int at = 1; at < text.Length; at++)
            {
                ReadOnlySpan<char> left = text.AsSpan(0, at), right = text.AsSpan(at);
                int leftId = Find(left), rightId = leftId == None ? None : Find(right);
                if (rightId != None)
                {
                    merges.Add(new Merge(SymbolOf(left, leftId), SymbolOf(right, rightId), rank, id));
                }
            }
        }
        return merges;

        int Find(ReadOnlySpan<char> part) =>
            lookup.TryGetValue(part, out int id) ? id : SentencePieceSymbols.Single(part) is null ? None : Character;

        int SymbolOf(ReadOnlySpan<char> part, int id) => id == Character ? symbols.OfPart(SentencePieceSymbols.Single(part)!.Value) : id;
    }

    private static bool HasSeam(string piece) => piece.LastIndexOf(Space) > 0 && EndOfWord(Encoding.UTF8.GetBytes(piece)) < Encoding.UTF8.GetByteCount(piece);

    /// <summary>Length of the first word: spaces, then characters up to the next space.</summary>
    private static int EndOfWord(ReadOnlySpan<byte> text)
    {
        int spaces = 0;
        while (text[spaces..].StartsWith(SpaceBytes))
        {
            spaces += SpaceBytes.Length;
        }
        int length = text[spaces..].IndexOf(SpaceBytes);
        return length < 0 ? text.Length : spaces + length;
    }
}
