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

    /// <summary>What becomes of characters without a token; of no meaning for a byte-level vocabulary that has all bytes.</summary>
    public MissingCharacters Missing { get; init; } = new(null, null, FuseUnknown: false);

    /// <summary>The symbols of bytes, written in the byte alphabet; null if the vocabulary lacks one.</summary>
    public ByteSymbols? TryBytes()
    {
        var ids = new int[256];
        for (int b = 0; b < 256; b++)
        {
            if (!Ids.TryGetValue(ByteAlphabet.Character((byte)b).ToString(), out ids[b]))
            {
                return null;
            }
        }
        return new ByteSymbols(ids);
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
    public BpeModel Model(SymbolSource source) => new(source, new MergeTable(Merges), WholeWords);

    /// <summary>The tokens that merges make.</summary>
    public IEnumerable<string> MergeResults()
    {
        HashSet<int> results = [.. Merges.Select(merge => merge.Result)];
        return Ids.Where(token => results.Contains(token.Value)).Select(token => token.Key);
    }
}
