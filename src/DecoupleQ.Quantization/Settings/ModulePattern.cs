namespace DecoupleQ.Quantization.Settings;

/// <summary>
/// A pattern of module paths: <c>*</c> stands for any characters, dots among them, <c>?</c> for one. Matches a whole path, or what follows one of its dots.
/// </summary>
/// <param name="text">The pattern.</param>
internal sealed class ModulePattern(string text)
{
    /// <summary>Whether it matches <paramref name="path"/>.</summary>
    public bool Matches(string path) => Tails(path).Any(start => Matches(path.AsSpan(start)));

    /// <summary>The path that it misses by the fewest insertions, deletions and replacements of a character; the first of several.</summary>
    public string Nearest(IEnumerable<string> paths) => paths.MinBy(path => Tails(path).Min(start => Distance(path.AsSpan(start))))!;

    private static IEnumerable<int> Tails(string path) => Enumerable.Range(0, path.Length).Where(i => i == 0 || path[i - 1] == '.');

    // Goes back to the last star only, which is enough: what an earlier star stands for is best kept short.
    private bool Matches(ReadOnlySpan<char> path)
    {
        int star = -1, afterStar = 0, p = 0;
        for (int i = 0; i < path.Length;)
        {
            if (p < text.Length && text[p] == '*')
            {
                star = p++;
                afterStar = i;
            }
            else if (p < text.Length && (text[p] == '?' || text[p] == path[i]))
            {
                p++;
                i++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                i = ++afterStar;
            }
            else
            {
                return false;
            }
        }
        return text.AsSpan(p).IndexOfAnyExcept('*') < 0;
    }

    // Levenshtein's distance, in which a star takes in characters for nothing.
    private int Distance(ReadOnlySpan<char> path)
    {
        int[] row = [.. Enumerable.Range(0, path.Length + 1)];
        foreach (char c in text)
        {
            int diagonal = row[0];
            row[0] += c == '*' ? 0 : 1;
            for (int j = 0; j < path.Length; j++)
            {
                int above = row[j + 1];
                row[j + 1] = c == '*'
                    ? Math.Min(above, row[j])
                    : Math.Min(diagonal + (c == '?' || c == path[j] ? 0 : 1), Math.Min(above, row[j]) + 1);
                diagonal = above;
            }
        }
        return row[path.Length];
    }
}
