using System.Buffers;
using System.Text;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>What Python's texts do differently from .NET's: they are sequences of code points, and the separators U+001C to U+001F are white space.</summary>
internal static class PythonText
{
    /// <summary>All white space.</summary>
    public const string WhiteSpace =
        "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    // Letters whose other case has more than one character, or depends on what stands beside them.
    private static readonly SearchValues<char> IrregularCharacters = SearchValues.Create(Irregular());

    private static readonly SearchValues<char> FurtherFolded = SearchValues.Create(
        "\u00B5\u00DF\u0149\u017F\u01F0\u0345\u0390\u03B0\u03C2\u03D0\u03D1\u03D5\u03D6\u03F0\u03F1\u03F5\u0587\u1C80\u1C81\u1C82\u1C83\u1C84\u1C85\u1C86"
        + "\u1C87\u1C88\u1E9B\u1E9E\u1FBE" + string.Concat(Enumerable.Range(0x13A0, 0x60).Concat(Enumerable.Range(0xAB70, 0x50)).Select(code => (char)code)));

    public static bool IsWhiteSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    /// <summary>Code points of a text.</summary>
    public static int Length(string text)
    {
        int pairs = 0, first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDBFF');
        for (int i = first < 0 ? text.Length : first + 1; i < text.Length; i++)
        {
            pairs += char.IsSurrogatePair(text[i - 1], text[i]) ? 1 : 0;
        }
        return text.Length - pairs;
    }

    /// <summary>Order by code points, which is not that of UTF-16 units beyond the first plane.</summary>
    public static int Compare(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }
        char left = a[common], right = b[common];
        return char.IsSurrogate(left) == char.IsSurrogate(right) ? left.CompareTo(right) : char.IsSurrogate(left) ? 1 : -1;
    }

    /// <summary>Whether a change of case can be more than one character for one.</summary>
    public static bool HasIrregularCase(string text) => text.AsSpan().ContainsAny(IrregularCharacters);

    /// <summary>Whether a letter folds to another than its small one: micro and sharp signs, final sigma, long s, Greek symbols, Cherokee.</summary>
    public static bool FoldsFurther(string text) => text.AsSpan().ContainsAny(FurtherFolded);

    /// <summary>Each run of letters with a capital first and small letters after it.</summary>
    public static string Title(string text)
    {
        var titled = new StringBuilder(text.Length);
        bool inside = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            titled.Append((inside ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune)).ToString());
            inside = Rune.IsLetter(rune);
        }
        return titled.ToString();
    }

    /// <summary>A capital first and small letters after it.</summary>
    public static string Capitalize(string text)
    {
        int first = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : Math.Min(1, text.Length);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    private static string Irregular()
    {
        // SpecialCasing.txt of Unicode, and the digraphs, whose title case is a third form.
        var characters = new StringBuilder("\u00DF\u0130\u0149\u01F0\u0390\u03B0\u03A3\u0587");
        foreach ((char first, char last) in ((char, char)[])
        [
            ('\u01C4', '\u01CC'), ('\u01F1', '\u01F3'), ('\u10D0', '\u10FF'), ('\u1E96', '\u1E9A'), ('\u1F50', '\u1F57'), ('\u1F80', '\u1FFC'),
            ('\uFB00', '\uFB17'),
        ])
        {
            for (char character = first; character <= last; character++)
            {
                characters.Append(character);
            }
        }
        return characters.ToString();
    }
}
