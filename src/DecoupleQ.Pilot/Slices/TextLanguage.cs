using System.Text;

namespace DecoupleQ.Pilot.Slices;

/// <summary>
/// The language of a text, as far as its script tells: a heuristic that counts letters, and knows no words.
/// </summary>
/// <remarks>
/// <para>
/// Letters are counted by the script of their Unicode block; those of Chinese, Japanese and Korean count twice, as they say about as much as two of others do.
/// A text is of the script that has more than half of the count. Kana and Han are one script for that: with one kana or more in ten of them the text is
/// Japanese, else Chinese, though it may be a title in Japanese.
/// </para>
/// <para>
/// English, German and Vietnamese are all <c>Latin</c>; Russian and Bulgarian <c>Cyrillic</c>; Arabic and Persian <c>Arabic</c>. A text without letters is
/// <c>none</c>, one without such a script <c>mixed</c>, and one of a script that is not listed <c>other</c>.
/// </para>
/// </remarks>
public static class TextLanguage
{
    private const int Kana = 0, Han = 1, Hangul = 2, Others = 3;

    private static readonly string[] Names =
    [
        "", "", "Korean", "other", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Bengali", "Tamil", "Thai", "Georgian",
    ];

    // First and last code point of blocks, and the script's place in the names; ascending.
    private static readonly (int First, int Last, int Script)[] Blocks =
    [
        (0x0041, 0x024F, 4), (0x0370, 0x03FF, 5), (0x0400, 0x052F, 6), (0x0530, 0x058F, 7), (0x0590, 0x05FF, 8), (0x0600, 0x077F, 9), (0x08A0, 0x08FF, 9),
        (0x0900, 0x097F, 10), (0x0980, 0x09FF, 11), (0x0B80, 0x0BFF, 12), (0x0E00, 0x0E7F, 13), (0x10A0, 0x10FF, 14), (0x1100, 0x11FF, Hangul),
        (0x1E00, 0x1EFF, 4), (0x1F00, 0x1FFF, 5), (0x3005, 0x3007, Han), (0x3041, 0x30FF, Kana), (0x3130, 0x318F, Hangul), (0x31F0, 0x31FF, Kana),
        (0x3400, 0x4DBF, Han), (0x4E00, 0x9FFF, Han), (0xAC00, 0xD7AF, Hangul), (0xF900, 0xFAFF, Han), (0xFB1D, 0xFDFF, 9), (0xFE70, 0xFEFF, 9),
        (0xFF21, 0xFF5A, 4), (0xFF66, 0xFF9F, Kana), (0x20000, 0x3FFFF, Han),
    ];

    /// <summary>The language of a text.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var counts = new long[Names.Length];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune))
            {
                int script = ScriptOf(rune.Value);
                counts[script] += script is Kana or Han or Hangul ? 2 : 1;
            }
        }
        long all = counts.Sum();
        if (all == 0)
        {
            return "none";
        }
        if (counts[Kana] + counts[Han] > all / 2.0)
        {
            return counts[Kana] * 10 >= counts[Kana] + counts[Han] ? "Japanese" : "Chinese";
        }
        int most = Array.FindIndex(counts, Hangul, count => count > all / 2.0);
        return most < 0 ? "mixed" : Names[most];
    }

    private static int ScriptOf(int codePoint)
    {
        foreach ((int first, int last, int script) in Blocks)
        {
            if (codePoint <= last)
            {
                return codePoint >= first ? script : Others;
            }
        }
        return Others;
    }
}
