using System.Text;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>
/// SentencePiece's byte-pair encoding: starting from single characters, the two neighbours whose concatenation is the piece of the highest score
/// are merged (the leftmost of equals), until none are left. Characters that are no piece become their UTF-8 bytes.
/// </summary>
internal sealed class SentencePieceBpe
{
    /// <summary>What SentencePiece writes for a space (U+2581).</summary>
    public const char Space = '\u2581';

    // A longer stretch hardly comes again.
    private const int LongestRemembered = 32;

    private readonly Dictionary<string, int> _ids;
    private readonly int[] _ranks;
    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _userDefined;
    private readonly int _longestPiece;
    private readonly int _longestUserDefined;
    private readonly bool _wordsAreIndependent;

    public SentencePieceBpe(IReadOnlyList<Piece> pieces)
    {
        _ids = new Dictionary<string, int>(pieces.Count);
        _ranks = RankByScore(pieces);
        var userDefined = new HashSet<string>();
        for (int id = 0; id < pieces.Count; id++)
        {
            Piece piece = pieces[id];
            switch (piece.Type)
            {
                case PieceType.Byte:
                    _byteIds[SentencePieceModel.ByteOf(piece.Text)!.Value] = id;
                    break;
                case PieceType.Normal or PieceType.UserDefined:
                    // Control pieces are left out: what a text spells cannot become one.
                    _ids.Add(piece.Text, id);
                    _longestPiece = Math.Max(_longestPiece, piece.Text.Length);
                    break;
            }
            if (piece.Type == PieceType.UserDefined)
            {
                userDefined.Add(piece.Text);
                _longestUserDefined = Math.Max(_longestUserDefined, piece.Text.Length);
            }
        }
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _userDefined = userDefined.GetAlternateLookup<ReadOnlySpan<char>>();
        // No merge can reach over a space that follows another character unless some piece does.
        _wordsAreIndependent = !_ids.Keys.Any(piece => EndOfWord(piece) < piece.Length);
    }

    /// <summary>Appends the ids of <paramref name="text"/>, in which spaces are <see cref="Space"/> and every surrogate has its pair.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (!_wordsAreIndependent)
        {
            Merge(text, ids);
            return;
        }
        var seen = new Dictionary<string, (int Start, int Count)>();
        Dictionary<string, (int Start, int Count)>.AlternateLookup<ReadOnlySpan<char>> known = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        while (!text.IsEmpty)
        {
            ReadOnlySpan<char> word = text[..EndOfWord(text)];
            text = text[word.Length..];
            if (known.TryGetValue(word, out (int Start, int Count) earlier))
            {
                for (int i = 0; i < earlier.Count; i++)
                {
                    ids.Add(ids[earlier.Start + i]);
                }
                continue;
            }
            int start = ids.Count;
            Merge(word, ids);
            if (word.Length <= LongestRemembered)
            {
                known[word] = (start, ids.Count - start);
            }
        }
    }

    /// <summary>For each piece the number of distinct scores above its own.</summary>
    private static int[] RankByScore(IReadOnlyList<Piece> pieces)
    {
        Dictionary<float, int> ranks = pieces.Select(p => p.Score).Distinct().OrderDescending().Index().ToDictionary(s => s.Item, s => s.Index);
        return [.. pieces.Select(p => ranks[p.Score])];
    }

    /// <summary>Length of the first word: spaces, then characters up to the next space.</summary>
    private static int EndOfWord(ReadOnlySpan<char> text)
    {
        int spaces = text.IndexOfAnyExcept(Space);
        int length = spaces < 0 ? -1 : text[spaces..].IndexOf(Space);
        return length < 0 ? text.Length : spaces + length;
    }

    private void Merge(ReadOnlySpan<char> text, List<int> ids)
    {
        Symbol[] symbols = Split(text);
        // The lowest number first: rank of the score, then position.
        var queue = new PriorityQueue<(int Left, int Right, int Length), ulong>();
        for (int i = 1; i < symbols.Length; i++)
        {
            Offer(text, symbols, i - 1, i, queue);
        }
        while (queue.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            ref Symbol left = ref symbols[pair.Left];
            ref Symbol right = ref symbols[pair.Right];
            // A symbol that was merged since the pair was offered is gone or longer.
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length)
            {
                continue;
            }
            left.Length = pair.Length;
            left.Next = right.Next;
            right.Length = 0;
            if (left.Next >= 0)
            {
                symbols[left.Next].Previous = pair.Left;
                Offer(text, symbols, pair.Left, left.Next, queue);
            }
            if (left.Previous >= 0)
            {
                Offer(text, symbols, left.Previous, pair.Left, queue);
            }
        }
        for (int i = 0; i >= 0; i = symbols[i].Next)
        {
            AddIds(text.Slice(symbols[i].Start, symbols[i].Length), ids);
        }
    }

    /// <summary>Splits into characters, and user-defined pieces that are never merged (the longest that matches).</summary>
    private Symbol[] Split(ReadOnlySpan<char> text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int length = UserDefinedAt(text[start..]);
            bool frozen = length > 0;
            if (!frozen)
            {
                length = char.IsHighSurrogate(text[start]) ? 2 : 1;
            }
            symbols.Add(new Symbol { Start = start, Length = length, Frozen = frozen, Previous = symbols.Count - 1, Next = symbols.Count + 1 });
            start += length;
        }
        Symbol[] split = [.. symbols];
        split[^1].Next = -1;
        return split;
    }

    private int UserDefinedAt(ReadOnlySpan<char> text)
    {
        for (int length = Math.Min(_longestUserDefined, text.Length); length > 0; length--)
        {
            if (_userDefined.Contains(text[..length]))
            {
                return length;
            }
        }
        return 0;
    }

    private void Offer(ReadOnlySpan<char> text, Symbol[] symbols, int left, int right, PriorityQueue<(int Left, int Right, int Length), ulong> queue)
    {
        int length = symbols[left].Length + symbols[right].Length;
        if (length <= _longestPiece && !symbols[left].Frozen && !symbols[right].Frozen && _lookup.TryGetValue(text.Slice(symbols[left].Start, length), out int id))
        {
            queue.Enqueue((left, right, length), ((ulong)_ranks[id] << 32) | (uint)left);
        }
    }

    private void AddIds(ReadOnlySpan<char> symbol, List<int> ids)
    {
        if (_lookup.TryGetValue(symbol, out int id))
        {
            ids.Add(id);
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte value in bytes[..Encoding.UTF8.GetBytes(symbol, bytes)])
        {
            ids.Add(_byteIds[value]);
        }
    }

    /// <summary>A stretch of the text in a doubly linked list; merged into its left neighbour when its length is 0.</summary>
    private struct Symbol
    {
        public int Start;
        public int Length;
        public int Previous;
        public int Next;
        public bool Frozen;
    }
}
