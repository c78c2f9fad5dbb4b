using System.Globalization;
using System.Text;

namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>The escapes of string literals, which are those of Python.</summary>
internal static class StringEscapes
{
    /// <summary>
    /// The text that a literal's inside stands for; null if an escape is malformed, or names a character or half a surrogate pair. A backslash before any
    /// other character stays.
    /// </summary>
    public static string? Resolve(string literal)
    {
        if (!literal.Contains('\\'))
        {
            return literal;
        }
        var text = new StringBuilder(literal.Length);
        int i = 0;
        while (i < literal.Length)
        {
            if (literal[i] != '\\')
            {
                text.Append(literal[i++]);
                continue;
            }
            char kind = literal[i + 1];
            i += 2;
            if (Single(kind) is char single)
            {
                text.Append(single);
            }
            else if (HexDigits(kind) is int digits and > 0)
            {
                if (i + digits > literal.Length
                    || !int.TryParse(literal.AsSpan(i, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
                    || !Rune.IsValid(code))
                {
                    return null;
                }
                text.Append(new Rune(code));
                i += digits;
            }
            else if (kind is >= '0' and <= '7')
            {
                int code = kind - '0';
                for (int more = 0; more < 2 && i < literal.Length && literal[i] is >= '0' and <= '7'; more++)
                {
                    code = 8 * code + literal[i++] - '0';
                }
                text.Append((char)code);
            }
            else if (kind == 'N')
            {
                return null;
            }
            else if (kind != '\n')
            {
                text.Append('\\').Append(kind);
            }
        }
        return text.ToString();
    }

    private static char? Single(char kind) => kind switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'v' => '\v',
        '\\' or '\'' or '"' => kind,
        _ => null,
    };

    private static int HexDigits(char kind) => kind switch
    {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
}
