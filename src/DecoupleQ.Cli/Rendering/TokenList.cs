using System.Globalization;
using DecoupleQ.Cli.Json;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Ids and tokens for people: one a line, at any length of the text.</summary>
internal static class TokenList
{
    public static void Write(TextWriter output, TokenizeDocument document)
    {
        int width = document.Ids.Count == 0 ? 0 : document.Ids.Max().ToString(CultureInfo.InvariantCulture).Length;
        using StringWriter lines = new(CultureInfo.InvariantCulture);
        for (int i = 0; i < document.Ids.Count; i++)
        {
            lines.Write(document.Ids[i].ToString(CultureInfo.InvariantCulture).PadLeft(width));
            lines.Write("  ");
            lines.WriteLine(OneLine(document.Tokens[i]));
        }
        output.Write(lines.ToString());
        output.Flush();
    }

    // Added tokens are spelled as they are, and may hold anything.
    private static string OneLine(string token) =>
        token.Any(char.IsControl) ? string.Concat(token.Select(c => char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString())) : token;
}
