namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>Texts of tokens as a tree of their bytes, in a few flat arrays: 13 bytes a node.</summary>
internal sealed class TokenTrie
{
    /// <summary>What <see cref="Child"/> gives where there is no child, and <see cref="TokenAt"/> where no token ends.</summary>
    public const int None = -1;

    // Nodes in the order of their depth; a node's children follow one another, sorted by their bytes.
    private readonly byte[] _bytes;
    private readonly int[] _firstChild;
    private readonly int[] _tokens;
    private readonly int[] _childOfRoot = new int[256];

    /// <param name="texts">The texts, not empty; of two that are equal the first counts.</param>
    public TokenTrie(IReadOnlyList<byte[]> texts)
    {
        int[] order = [.. Enumerable.Range(0, texts.Count)];
        Array.Sort(order, (a, b) => texts[a].AsSpan().SequenceCompareTo(texts[b]) is var compared && compared != 0 ? compared : a - b);
        var bytes = new List<byte> { 0 };
        var tokens = new List<int>();
        var firstChild = new List<int>();
        // The texts of each node are those of a range of the order.
        var ranges = new Queue<(int Start, int End, int Depth)>();
        ranges.Enqueue((0, order.Length, 0));
        while (ranges.TryDequeue(out (int Start, int End, int Depth) range))
        {
            (int at, int end, int depth) = range;
            tokens.Add(at < end && texts[order[at]].Length == depth ? order[at] : None);
            firstChild.Add(bytes.Count);
            while (at < end && texts[order[at]].Length == depth)
            {
                at++;
            }
            while (at < end)
            {
                byte value = texts[order[at]][depth];
                int next = at + 1;
                while (next < end && texts[order[next]][depth] == value)
                {
                    next++;
                }
                bytes.Add(value);
                ranges.Enqueue((at, next, depth + 1));
                at = next;
            }
        }
        firstChild.Add(bytes.Count);
        (_bytes, _firstChild, _tokens) = ([.. bytes], [.. firstChild], [.. tokens]);
        Array.Fill(_childOfRoot, None);
        for (int child = _firstChild[0]; child < _firstChild[1]; child++)
        {
            _childOfRoot[_bytes[child]] = child;
        }
    }

    /// <summary>How many nodes there are; 0 is the root.</summary>
    public int Count => _tokens.Length;

    /// <summary>The bytes that tokens begin with.</summary>
    public ReadOnlySpan<byte> FirstBytes => _bytes.AsSpan(_firstChild[0].._firstChild[1]);

    /// <summary>The token that ends at a node.</summary>
    public int TokenAt(int node) => _tokens[node];

    /// <summary>Whether a node has children.</summary>
    public bool HasChildren(int node) => _firstChild[node] < _firstChild[node + 1];

    /// <summary>The node that <paramref name="value"/> leads to.</summary>
    public int Child(int node, byte value)
    {
        if (node == 0)
        {
            return _childOfRoot[value];
        }
        int low = _firstChild[node], high = _firstChild[node + 1];
        while (low < high)
        {
            int middle = (low + high) >> 1;
            byte found = _bytes[middle];
            if (found == value)
            {
                return middle;
            }
            (low, high) = found < value ? (middle + 1, high) : (low, middle);
        }
        return None;
    }

    /// <summary>
    /// For each node the node of the longest other text that its own ends with (Aho and Corasick, 1975), and the longest token that it ends with.
    /// </summary>
    public (int[] Shorter, int[] Longest) Suffixes()
    {
        var shorter = new int[Count];
        var longest = new int[Count];
        longest[0] = None;
        for (int node = 0; node < Count; node++)
        {
            for (int child = _firstChild[node]; child < _firstChild[node + 1]; child++)
            {
                int suffix = node == 0 ? 0 : Follow(shorter, shorter[node], _bytes[child]);
                shorter[child] = suffix;
                longest[child] = _tokens[child] != None ? _tokens[child] : longest[suffix];
            }
        }
        return (shorter, longest);
    }

    /// <summary>The node of the longest text that ends in <paramref name="value"/> where the text of <paramref name="node"/> came before.</summary>
    public int Follow(int[] shorter, int node, byte value)
    {
        while (true)
        {
            int child = Child(node, value);
            if (child != None)
            {
                return child;
            }
            if (node == 0)
            {
                return 0;
            }
            node = shorter[node];
        }
    }
}
