namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Collects merges written by the texts of their tokens; each ranks after those before it.</summary>
internal sealed class MergeList(IReadOnlyDictionary<string, int> ids)
{
    private readonly List<Merge> _merges = [];

    public IReadOnlyCollection<Merge> Merges => _merges;

    /// <summary>Adds a merge.</summary>
    /// <returns>The token that it needs and the vocabulary lacks; null if none.</returns>
    public string? Add(string left, string right)
    {
        string result = left + right;
        foreach (string token in (ReadOnlySpan<string>)[left, right, result])
        {
            if (!ids.ContainsKey(token))
            {
                return token;
            }
        }
        _merges.Add(new Merge(ids[left], ids[right], _merges.Count, ids[result]));
        return null;
    }

    /// <summary>The two texts of a merge written with one space between them; null if it is not written so.</summary>
    public static (string Left, string Right)? Split(string merge)
    {
        int space = merge.IndexOf(' ');
        return space >= 0 && space == merge.LastIndexOf(' ') ? (merge[..space], merge[(space + 1)..]) : null;
    }
}
