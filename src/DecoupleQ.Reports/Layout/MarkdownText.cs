using System.Buffers;
using System.Text;
using DecoupleQ.Storage;

namespace DecoupleQ.Reports.Layout;

/// <summary>Texts of whatever kind in Markdown: shown as they are, and nothing of them becomes markup.</summary>
internal static class MarkdownText
{
    private const int ShortestFence = 3;

    // What begins anything within a line; HTML and entities too.
    private static readonly SearchValues<char> Marks = SearchValues.Create(@"\`*_[]<>&|~#$");

    /// <summary>A text within a line.</summary>
    public static string Of(string text)
    {
        var written = new StringBuilder(text.Length);
        foreach (char character in VisibleText.Of(text))
        {
            if (character is '\n' or '\r' or '\u00a0')
            {
                written.Append(' ');
                continue;
            }
            if (Marks.Contains(character))
            {
                written.Append('\\');
            }
            written.Append(character);
        }
        return written.ToString();
    }

    /// <summary>A cell of a table; its lines stay lines.</summary>
    public static string Cell(string text) => string.Join("<br>", text.Split('\n').Select(Of));

    /// <summary>A block of code, in a fence that the text cannot end.</summary>
    /// <param name="text">The code.</param>
    /// <param name="language">What it is, such as <c>sh</c>.</param>
    public static string Block(string text, string language)
    {
        int run = 0, longest = 0;
        foreach (char character in text)
        {
            run = character == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        string fence = new('`', Math.Max(ShortestFence, longest + 1));
        return $"{fence}{language}\n{VisibleText.Of(text)}\n{fence}";
    }
}
