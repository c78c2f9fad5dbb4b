using System.Text;

namespace DecoupleQ.Tests.Sources;

/// <summary>What of a source file is code: without comments and the words of literals, but with what interpolated strings compute.</summary>
internal sealed class CodeText
{
    private readonly string _text;
    private readonly StringBuilder _code = new();
    private int _at;

    private CodeText(string text) => _text = text;

    /// <summary>The code of a C# file.</summary>
    public static string Of(string text)
    {
        var source = new CodeText(text);
        source.Code(isHole: false);
        return source._code.ToString();
    }

    // To the end of the file, or of a hole in a string: there the closing brace is left, and the format before it left out.
    private void Code(bool isHole)
    {
        for (int depth = 0; _at < _text.Length;)
        {
            char c = _text[_at];
            if (isHole && depth == 0 && (c == '}' || (c == ':' && !Begins("::"))))
            {
                MoveTo("}");
                return;
            }
            if (Begins("//"))
            {
                MoveTo("\n");
            }
            else if (Begins("/*"))
            {
                MoveTo("*/");
                _at += 2;
            }
            else if (c == '\'')
            {
                _at++;
                Words("'", pair: "\\");
            }
            else if (!Literal())
            {
                depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
                int length = Begins("::") ? 2 : 1;
                _code.Append(_text, _at, length);
                _at += length;
            }
        }
    }

    private bool Literal()
    {
        int quote = _at;
        while (quote < _text.Length && _text[quote] is '$' or '@')
        {
            quote++;
        }
        ReadOnlySpan<char> prefix = _text.AsSpan(_at, quote - _at);
        int quotes = Run('"', quote), dollars = prefix.Count('$');
        bool verbatim = prefix.Contains('@');
        if (quotes == 0)
        {
            return false;
        }
        _code.Append("\"\"");
        if (quotes >= 3 && !verbatim)
        {
            _at = quote + quotes;
            Words(new string('"', quotes), pair: null, dollars, braces => braces >= dollars);
        }
        else
        {
            _at = quote + 1;
            Words("\"", verbatim ? "\"\"" : "\\", Math.Min(dollars, 1), braces => braces % 2 == 1);
        }
        return true;
    }

    // Past the end of a literal; what is in its holes is code. A pair is a character that stands for itself, or a backslash and what it escapes.
    private void Words(string end, string? pair, int holeBraces = 0, Func<int, bool>? opensHole = null)
    {
        while (_at < _text.Length)
        {
            if (pair is not null && Begins(pair))
            {
                _at += 2;
            }
            else if (Begins(end))
            {
                _at += end.Length;
                return;
            }
            else if (holeBraces > 0 && Run('{', _at) is int braces and > 0)
            {
                _at += braces;
                if (opensHole!(braces))
                {
                    _code.Append(' ');
                    Code(isHole: true);
                    _at += holeBraces;
                }
            }
            else
            {
                _at++;
            }
        }
    }

    private bool Begins(string start) => string.CompareOrdinal(_text, _at, start, 0, start.Length) == 0;

    private int Run(char c, int from)
    {
        int to = from;
        while (to < _text.Length && _text[to] == c)
        {
            to++;
        }
        return to - from;
    }

    private void MoveTo(string end)
    {
        int at = _text.IndexOf(end, _at, StringComparison.Ordinal);
        _at = at < 0 ? _text.Length : at;
    }
}
