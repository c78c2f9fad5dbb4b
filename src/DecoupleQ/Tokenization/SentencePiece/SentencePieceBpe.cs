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
    public const char Space = WordSeams.Space;

    // What a part of a piece is that is no piece itself.
    private const int None = -1, Character = -2;

    private readonly SentencePieceSymbols _symbols;

    public SentencePieceBpe(IReadOnlyList<Piece> pieces)
        : this(new SentencePieceSymbols(pieces), pieces)
    {
    }

    private SentencePieceBpe(SentencePieceSymbols symbols, IReadOnlyList<Piece> pieces)
        : this(
            symbols, new BpeModel(symbols, new MergeTable(Merges(pieces, symbols), Longest(pieces))),
            WordSeams.Of(pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Text)))
    {
    }

    private SentencePieceBpe(SentencePieceSymbols symbols, BpeModel model, WordSeams seams)
    {
        _symbols = symbols;
        Model = model;
        Seams = seams;
    }

    /// <summary>Merges words, in which spaces are <see cref="Space"/>.</summary>
    public BpeModel Model { get; }

    /// <summary>Where words begin.</summary>
    public WordSeams Seams { get; }

    /// <summary>The same encoding, but nothing merges into a piece of <paramref name="ids"/>.</summary>
    public SentencePieceBpe Without(IReadOnlySet<int> ids) =>
        Model.Without(ids) is var model && model == Model ? this : new(_symbols, model, Seams);

    private static int Longest(IReadOnlyList<Piece> pieces) =>
        pieces.Where(piece => piece.Type == PieceType.Normal).Select(piece => piece.Text.Length).DefaultIfEmpty(1).Max();

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
}
