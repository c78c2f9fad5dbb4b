namespace DecoupleQ.Chat.Templates.Values;

/// <summary>
/// Looks for a part in a text, from either side, in time that grows with the two lengths' sum, whatever they hold. The library's search is faster in all
/// texts that people write, and takes their product in others; it is left the short parts.
/// </summary>
/// <remarks>Knuth, Morris and Pratt, Fast pattern matching in strings, SIAM Journal on Computing 6 (1977).</remarks>
/// <param name="part">What is looked for; not empty.</param>
/// <param name="fromRight">Whether from the end.</param>
internal sealed class TextSearch(string part, bool fromRight = false)
{
    /// <summary>Up to here the library's search is at most this many times the text's length.</summary>
    public const int ShortPart = 16;

    // Of each prefix of the part (seen from the side of the search), the length of the longest other one that it ends with.
    private readonly int[] _borders = part.Length > ShortPart ? Borders(part, fromRight) : [];

    /// <summary>
    /// Where the first occurrence in the text from <paramref name="start"/> to <paramref name="end"/> is, or from the right the last; -1 if nowhere.
    /// </summary>
    public int Find(string text, int start, int end)
    {
        if (part.Length <= ShortPart)
        {
            ReadOnlySpan<char> span = text.AsSpan(start, end - start);
            int at = fromRight ? span.LastIndexOf(part) : span.IndexOf(part);
            return at < 0 ? -1 : start + at;
        }
        int matched = 0;
        for (int i = 0; i < end - start; i++)
        {
            char character = fromRight ? text[end - 1 - i] : text[start + i];
            while (matched > 0 && Character(part, matched, fromRight) != character)
            {
                matched = _borders[matched - 1];
            }
            matched += Character(part, matched, fromRight) == character ? 1 : 0;
            if (matched == part.Length)
            {
                return fromRight ? end - 1 - i : start + i + 1 - part.Length;
            }
        }
        return -1;
    }

    private static int[] Borders(string part, bool fromRight)
    {
        int[] borders = new int[part.Length];
        for (int i = 1, matched = 0; i < part.Length; i++)
        {
            char character = Character(part, i, fromRight);
            while (matched > 0 && Character(part, matched, fromRight) != character)
            {
                matched = borders[matched - 1];
            }
            matched += Character(part, matched, fromRight) == character ? 1 : 0;
            borders[i] = matched;
        }
        return borders;
    }

    private static char Character(string part, int index, bool fromRight) => fromRight ? part[^(index + 1)] : part[index];
}
