using System.Globalization;

namespace DecoupleQ.Reports.Layout;

/// <summary>How texts are put together.</summary>
internal static class PageText
{
    /// <summary>A text of the page with values in its places.</summary>
    public static string Put(string text, params ReadOnlySpan<string> values) => string.Format(CultureInfo.InvariantCulture, text, [.. values]);

    /// <summary>The first characters of a text; what is left out is said by its number.</summary>
    /// <param name="text">A text of any length.</param>
    /// <param name="most">Characters that stay.</param>
    /// <param name="left">How many were left out.</param>
    public static string Cut(string text, int most, out int left)
    {
        // No half of a character stays.
        int end = text.Length <= most ? text.Length : char.IsLowSurrogate(text[most]) ? most - 1 : most;
        left = text.Length - end;
        return left == 0 ? text : text[..end];
    }

    /// <summary>A name that may be of any length, with an ellipsis for what is left out.</summary>
    public static string Name(string text, int most = 100) => Cut(text, most, out int left) is string start && left > 0 ? start + "\u2026" : text;
}
