namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>How many characters the token at the start of a text has.</summary>
internal static class TokenLengths
{
    private static readonly string[] Operators = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"
    ];

    /// <summary>A name that begins with a letter or underscore.</summary>
    public static int Name(ReadOnlySpan<char> text)
    {
        int length = 1;
        while (length < text.Length && (text[length] == '_' || char.IsLetterOrDigit(text[length])))
        {
            length++;
        }
        return length;
    }

    /// <summary>A decimal number: digits, then a fraction, an exponent or both.</summary>
    public static (TokenKind Kind, int Length) Number(ReadOnlySpan<char> text)
    {
        int whole = Digits(text), length = whole;
        if (text[length..] is ['.', >= '0' and <= '9', ..])
        {
            length += 1 + Digits(text[(length + 1)..]);
        }
        if (text[length..] is ['e' or 'E', ..])
        {
            int sign = text[(length + 1)..] is ['+' or '-', ..] ? 1 : 0;
            int digits = Digits(text[(length + 1 + sign)..]);
            length += digits > 0 ? 1 + sign + digits : 0;
        }
        return (length > whole ? TokenKind.Float : TokenKind.Integer, length);
    }

    /// <summary>A string with its quotes; 0 if it has no end.</summary>
    public static int StringLiteral(ReadOnlySpan<char> text)
    {
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == text[0])
            {
                return i + 1;
            }
            if (text[i] == '\\')
            {
                i++;
            }
        }
        return 0;
    }

    /// <summary>An operator or bracket; 0 if there is none.</summary>
    public static int Operator(ReadOnlySpan<char> text)
    {
        foreach (string candidate in Operators)
        {
            if (text.StartsWith(candidate))
            {
                return candidate.Length;
            }
        }
        return 0;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
