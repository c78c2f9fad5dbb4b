namespace DecoupleQ.Storage;

/// <summary>A text that is held as a whole, in pieces like those of one that is read.</summary>
internal static class StringPieces
{
    private const int MostCharacters = 1 << 16;

    /// <summary>The pieces of <paramref name="text"/>.</summary>
    public static IEnumerable<ReadOnlyMemory<char>> Of(string text)
    {
        for (int done = 0; done < text.Length; done += MostCharacters)
        {
            yield return text.AsMemory(done, Math.Min(MostCharacters, text.Length - done));
        }
    }
}
