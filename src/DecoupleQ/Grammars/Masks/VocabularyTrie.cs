namespace DecoupleQ.Grammars.Masks;

/// <summary>The tokens of a vocabulary by their bytes: what several begin with is there once. Nodes stand in the order in which a walk comes to them.</summary>
internal sealed class VocabularyTrie
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    /// <param name="tokens">The bytes of each id; empty or null for one that no grammar spells.</param>
    public VocabularyTrie(IReadOnlyList<byte[]?> tokens)
    {
        _starts = new int[tokens.Count + 1];
        for (int id = 0; id < tokens.Count; id++)
        {
            _starts[id + 1] = _starts[id] + (tokens[id]?.Length ?? 0);
            LongestToken = Math.Max(LongestToken, tokens[id]?.Length ?? 0);
        }
        _bytes = new byte[_starts[^1]];
        for (int id = 0; id < tokens.Count; id++)
        {
            tokens[id]?.CopyTo(_bytes, _starts[id]);
        }
        int[] order = [.. Enumerable.Range(0, tokens.Count).Where(id => tokens[id] is { Length: > 0 })];
        Array.Sort(order, (a, b) => BytesOf(a).SequenceCompareTo(BytesOf(b)) is int byBytes and not 0 ? byBytes : a.CompareTo(b));
        Build(order);
    }

    /// <summary>Ids run from 0 to this number, exclusive.</summary>
    public int Size => _starts.Length - 1;

    /// <summary>Bytes of the longest token.</summary>
    public int LongestToken { get; }

    /// <summary>The byte of each node.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>How many bytes lead to each node, itself included.</summary>
    public int[] Depths { get; private set; } = [];

    /// <summary>The number after the last node that begins with each node.</summary>
    public int[] Ends { get; private set; } = [];

    /// <summary>By node, and one more: where its tokens begin among <see cref="Tokens"/>.</summary>
    public int[] TokenStarts { get; private set; } = [];

    /// <summary>Ids, by the node that they end at.</summary>
    public int[] Tokens { get; private set; } = [];

    /// <summary>The bytes of a token; none for one that no grammar spells.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => _bytes.AsSpan(_starts[id].._starts[id + 1]);

    private void Build(int[] order)
    {
        List<byte> bytes = [];
        List<int> depths = [], ends = [], tokenStarts = [];
        var path = new Stack<int>();
        ReadOnlySpan<byte> previous = [];
        for (int i = 0; i < order.Length; i++)
        {
            ReadOnlySpan<byte> token = BytesOf(order[i]);
            int common = token.CommonPrefixLength(previous);
            while (path.Count > common)
            {
                ends[path.Pop()] = bytes.Count;
            }
            for (int at = common; at < token.Length; at++)
            {
                path.Push(bytes.Count);
                bytes.Add(token[at]);
                depths.Add(at + 1);
                ends.Add(0);
                tokenStarts.Add(i);
            }
            previous = token;
        }
        while (path.TryPop(out int node))
        {
            ends[node] = bytes.Count;
        }
        tokenStarts.Add(order.Length);
        (Bytes, Depths, Ends, TokenStarts, Tokens) = ([.. bytes], [.. depths], [.. ends], [.. tokenStarts], order);
    }
}
