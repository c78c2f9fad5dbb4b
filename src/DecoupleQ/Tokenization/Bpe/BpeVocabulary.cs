namespace DecoupleQ.Tokenization.Bpe;

/// <summary>What a BPE model is made of, wherever it was read.</summary>
internal sealed record BpeVocabulary
{
    /// <summary>Ids by token.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    /// <summary>The merges.</summary>
    public required IReadOnlyCollection<Merge> Merges { get; init; }

    /// <summary>Tokens that a word becomes at once if it is spelled so (<c>ignore_merges</c>); null for none.</summary>
    public IReadOnlyDictionary<string, int>? WholeWords { get; init; }

    /// <summary>What becomes of characters without a token.</summary>
    public MissingCharacters Missing { get; init; } = new(null, null, FuseUnknown: false);

    /// <summary>
    /// The symbols of bytes, written in the byte alphabet. Null if bytes are missing and become something: they do as characters of that alphabet.
    /// </summary>
    public ByteSymbols? TryBytes()
    {
        int[] ids = [.. Enumerable.Range(0, 256).Select(b => Ids.TryGetValue(ByteAlphabet.Character((byte)b).ToString(), out int id) ? id : -1)];
        return Missing is { ByteIds: null, UnknownId: null } || ids.All(id => id >= 0) ? new ByteSymbols(ids) : null;
    }

    /// <summary>The symbols of characters.</summary>
    public CharacterSymbols Characters()
    {
        var characters = new List<(int, int)>();
        foreach ((string token, int id) in Ids)
        {
            if (token.Length <= 2 && token.EnumerateRunes().ToArray() is [var only])
            {
                characters.Add((only.Value, id));
            }
        }
        return new CharacterSymbols(characters, Missing);
    }

    /// <summary>The model for words made of the symbols of <paramref name="source"/>.</summary>
    public BpeModel Model(SymbolSource source) => new(source, new MergeTable(Merges, Longest()), WholeWords);

    // A merge makes the token that is spelled as its two are together, and a symbol that no merge makes is spelled with one letter or more.
    private int Longest() => Ids.TryGetValue("", out int empty) && Merges.Any(merge => merge.Left == empty || merge.Right == empty)
        ? int.MaxValue
        : MergeResults().Select(token => token.Length).DefaultIfEmpty(1).Max();

    /// <summary>The tokens that merges make.</summary>
    public IEnumerable<string> MergeResults()
    {
        HashSet<int> results = [.. Merges.Select(merge => merge.Result)];
        return Ids.Where(token => results.Contains(token.Value)).Select(token => token.Key);
    }
}
