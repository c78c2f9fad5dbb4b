namespace DecoupleQ.Chat.Templates.Values;

/// <summary>Where each code point of a text begins, in UTF-16 units.</summary>
internal readonly struct CodePoints
{
    // Null if each is one unit, as in most texts.
    private readonly int[]? _starts;

    private CodePoints(int count, int[]? starts) => (Count, _starts) = (count, starts);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Where one begins; that after the last is where the text ends.</summary>
    public int this[int index] => _starts is null ? index : _starts[index];

    public static CodePoints Of(string text)
    {
        int count = PythonText.Length(text);
        if (count == text.Length)
        {
            return new CodePoints(count, null);
        }
        int[] starts = new int[count + 1];
        int at = 0;
        for (int i = 0; i < text.Length; i += i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1)
        {
            starts[at++] = i;
        }
        starts[at] = text.Length;
        return new CodePoints(count, starts);
    }
}
