namespace DecoupleQ;

/// <summary>Finds what somebody meant to type.</summary>
public static class EditDistance
{
    /// <summary>The candidate nearest to <paramref name="typed"/>, or the only one that begins with it; null if none is near enough to be meant.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="candidates">What may have been meant.</param>
    public static string? Nearest(string typed, IEnumerable<string> candidates)
    {
        string[] known = [.. candidates];
        if (known.Where(candidate => candidate.StartsWith(typed, StringComparison.Ordinal)).ToArray() is [string begun])
        {
            return begun;
        }
        (string? name, int distance) = known
            .Select(candidate => ((string?)candidate, Between(typed, candidate)))
            .DefaultIfEmpty((null, int.MaxValue))
            .MinBy(pair => pair.Item2);
        return distance <= Math.Max(2, typed.Length / 3) ? name : null;
    }

    /// <summary>The Levenshtein distance: insertions, deletions and replacements of one character each.</summary>
    /// <param name="a">One text.</param>
    /// <param name="b">The other.</param>
    public static int Between(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.Length; j++)
            {
                int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
