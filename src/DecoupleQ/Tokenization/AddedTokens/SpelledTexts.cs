using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>Which of many texts stand somewhere in others.</summary>
internal static class SpelledTexts
{
    /// <summary>Those of the texts that stand in one of the templates, found in one pass over each whatever the texts are.</summary>
    /// <param name="templates">Where they may stand.</param>
    /// <param name="texts">Texts, not empty.</param>
    public static HashSet<string> In(IReadOnlyList<string> templates, IEnumerable<string> texts)
    {
        string[] wanted = [.. texts.Distinct(StringComparer.Ordinal)];
        var trie = new TokenTrie([.. wanted.Select(Utf8.Bytes)]);
        (int[] shorter, _) = trie.Suffixes();
        var isThere = new bool[trie.Count];
        foreach (string template in templates)
        {
            int node = 0;
            foreach (byte value in Utf8.Bytes(template))
            {
                node = trie.Follow(shorter, node, value);
                isThere[node] = true;
            }
        }
        // What a text ends with is there too. Nodes come in the order of their depth, so that each is done before those that are shorter.
        for (int node = trie.Count - 1; node > 0; node--)
        {
            isThere[shorter[node]] |= isThere[node];
        }
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (int node = 1; node < trie.Count; node++)
        {
            if (isThere[node] && trie.TokenAt(node) is var text and not TokenTrie.None)
            {
                found.Add(wanted[text]);
            }
        }
        return found;
    }
}
