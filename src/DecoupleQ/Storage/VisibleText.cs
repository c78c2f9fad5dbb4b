using System.Buffers;
using System.Globalization;
using System.Text;

namespace DecoupleQ.Storage;

/// <summary>
/// Text of files and models as a terminal or a page may show it. What would command a terminal, or show text in another order than it is in, stands as
/// the escape that JSON and Python have for it, <c>\u001B</c>: control characters but newline and tab, DEL, the control characters U+0080 to U+009F, and
/// bidirectional embeddings, overrides and isolates. The marks of scripts that are written from the right stay, and so does a line end of two characters.
/// </summary>
internal static class VisibleText
{
    private static readonly SearchValues<char> Hidden = SearchValues.Create(
        string.Concat(
            Characters('\0', '\x08'), Characters('\v', '\x1f'), Characters('\x7f', '\x9f'), Characters('\u202a', '\u202e'), Characters('\u2066', '\u2069')));

    /// <summary>The text; itself if there is nothing to be made visible.</summary>
    public static string Of(string text) => text.AsSpan().ContainsAny(Hidden) ? Of(text.AsSpan()) : text;

    /// <summary>The text.</summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        var visible = new StringBuilder(text.Length + 16);
        for (int at; (at = text.IndexOfAny(Hidden)) >= 0; text = text[(at + 1)..])
        {
            visible.Append(text[..at]);
            if (text[at..] is ['\r', '\n', ..])
            {
                visible.Append('\r');
            }
            else
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:X4}");
            }
        }
        return visible.Append(text).ToString();
    }

    /// <summary>Whether there is anything that <see cref="Of(string)"/> changes, but for line ends.</summary>
    public static bool Changes(ReadOnlySpan<char> text) => text.ContainsAny(Hidden);

    private static string Characters(char first, char last) => string.Concat(Enumerable.Range(first, last - first + 1).Select(code => (char)code));
}
