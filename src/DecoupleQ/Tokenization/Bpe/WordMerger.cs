namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Merges the symbols of a word: always the pair of lowest rank, the leftmost of equals, until no pair merges.</summary>
/// <remarks>A short word is searched anew for each merge, in n² steps of a few nanoseconds; a long one keeps its pairs in a heap,
/// so that a word of n symbols takes n log n steps whatever it holds. Holds scratch: one for each thread.</remarks>
internal sealed class WordMerger(MergeTable merges)
{
    /// <summary>Longest word that is merged by searching.</summary>
    public const int LongestSearched = 32;

    /// <summary>What stands in the place of a symbol that was merged into one before it.</summary>
    public const int Removed = -1;

    private readonly int[] _ranks = new int[LongestSearched];
    private readonly int[] _results = new int[LongestSearched];
    private int[] _previous = [];
    private int[] _next = [];
    private readonly MinHeap _heap = new();

    /// <summary>No symbol is merged from more than so many.</summary>
    public int Longest => merges.Longest;

    /// <summary>Merges in place.</summary>
    /// <returns>How many symbols are left, at the front of <paramref name="symbols"/>.</returns>
    public int Merge(Span<int> symbols) => symbols.Length <= LongestSearched ? MergeBySearch(symbols) : MergeByHeap(symbols);

    internal int MergeBySearch(Span<int> symbols)
    {
        int count = symbols.Length;
        Span<int> ranks = _ranks;
        Span<int> results = _results;
        if (count > LongestSearched)
        {
            ranks = new int[count];
            results = new int[count];
        }
        for (int i = 0; i + 1 < count; i++)
        {
            ranks[i] = merges.RankOf(symbols[i], symbols[i + 1], out results[i]);
        }
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                if (ranks[i] < ranks[best])
                {
                    best = i;
                }
            }
            if (ranks[best] == int.MaxValue)
            {
                break;
            }
            symbols[best] = results[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..(count - 1)].CopyTo(ranks[(best + 1)..]);
                results[(best + 2)..(count - 1)].CopyTo(results[(best + 1)..]);
            }
            count--;
            if (best + 1 < count)
            {
                ranks[best] = merges.RankOf(symbols[best], symbols[best + 1], out results[best]);
            }
            if (best > 0)
            {
                ranks[best - 1] = merges.RankOf(symbols[best - 1], symbols[best], out results[best - 1]);
            }
        }
        return count;
    }

    internal int MergeByHeap(Span<int> symbols)
    {
        MergeSparsely(symbols);
        int kept = 0;
        foreach (int symbol in symbols)
        {
            if (symbol != Removed)
            {
                symbols[kept++] = symbol;
            }
        }
        return kept;
    }

    /// <summary>Merges in place: a merged symbol stands where its first one did, and <see cref="Removed"/> where the others did.</summary>
    public void MergeSparsely(Span<int> symbols)
    {
        int count = symbols.Length;
        if (_next.Length < count)
        {
            _next = new int[Math.Max(count, 2 * _next.Length)];
            _previous = new int[_next.Length];
        }
        _heap.Clear();
        for (int i = 0; i < count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < count ? i + 1 : Removed;
            PushPair(symbols, i);
        }
        while (_heap.TryPop(out ulong pair))
        {
            int left = (int)(uint)pair;
            int right = symbols[left] == Removed ? Removed : _next[left];
            // An entry whose pair has changed since has another rank now, or none.
            if (right == Removed || merges.RankOf(symbols[left], symbols[right], out int result) != (int)(pair >> 32))
            {
                continue;
            }
            symbols[left] = result;
            symbols[right] = Removed;
            _next[left] = _next[right];
            if (_next[left] != Removed)
            {
                _previous[_next[left]] = left;
            }
            PushPair(symbols, left);
            if (_previous[left] >= 0)
            {
                PushPair(symbols, _previous[left]);
            }
        }
    }

    private void PushPair(ReadOnlySpan<int> symbols, int left)
    {
        int right = _next[left];
        if (right != Removed && merges.RankOf(symbols[left], symbols[right], out _) is var rank && rank != int.MaxValue)
        {
            _heap.Push((ulong)(uint)rank << 32 | (uint)left);
        }
    }

    /// <summary>A binary heap of keys, least first.</summary>
    private sealed class MinHeap
    {
        private ulong[] _keys = new ulong[64];
        private int _count;

        public void Clear() => _count = 0;

        public void Push(ulong key)
        {
            if (_count == _keys.Length)
            {
                Array.Resize(ref _keys, 2 * _count);
            }
            int at = _count++;
            while (at > 0 && _keys[(at - 1) / 2] > key)
            {
                _keys[at] = _keys[(at - 1) / 2];
                at = (at - 1) / 2;
            }
            _keys[at] = key;
        }

        public bool TryPop(out ulong key)
        {
            if (_count == 0)
            {
                key = 0;
                return false;
            }
            key = _keys[0];
            ulong last = _keys[--_count];
            int at = 0;
            for (int child = 1; child < _count; child = 2 * at + 1)
            {
                if (child + 1 < _count && _keys[child + 1] < _keys[child])
                {
                    child++;
                }
                if (_keys[child] >= last)
                {
                    break;
                }
                _keys[at] = _keys[child];
                at = child;
            }
            _keys[at] = last;
            return true;
        }
    }
}
