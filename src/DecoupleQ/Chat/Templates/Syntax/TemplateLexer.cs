using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>
/// Splits a template into tokens as Jinja does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, the settings of transformers: a newline after a
/// statement or comment is dropped, and so is white space before one that begins a line; a minus sign inside a delimiter drops all white space
/// on its side, a plus sign keeps it. One newline at the end of the template is dropped.
/// </summary>
internal sealed class TemplateLexer
{
    // Looking a variable up takes the time of reading its name.
    private const int LongestName = 256;

    private readonly TemplateSource _source;
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private int _lineUpTo;

    // Whether what was consumed last ends with a newline, so that the text after it begins a line.
    private bool _lineStarting = true;

    private TemplateLexer(TemplateSource source)
    {
        _source = source;
        string text = source.Text.Replace("\r\n", "\n").Replace('\r', '\n');
        _text = text.EndsWith('\n') ? text[..^1] : text;
    }

    /// <summary>The tokens, the last one <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="DecoupleQException">A character, string or comment is malformed.</exception>
    public static IReadOnlyList<Token> Read(TemplateSource source)
    {
        var lexer = new TemplateLexer(source);
        while (lexer._position < lexer._text.Length)
        {
            lexer.ReadDataAndTag();
        }
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadDataAndTag()
    {
        int tag = FindTag(_position);
        if (tag < 0)
        {
            AddData(_text[_position..]);
            _position = _text.Length;
            return;
        }
        char kind = _text[tag + 1];
        int inside = tag + 2;
        char sign = inside < _text.Length && _text[inside] is '-' or '+' ? _text[inside++] : ' ';
        AddData(StripBefore(_text[_position..tag], sign, isPrint: kind == '{'));
        _position = inside;
        switch (kind)
        {
            case '#':
                SkipComment(tag);
                break;
            case '%' when RawBegin(inside) is int rawEnd:
                ReadRaw(rawEnd, tag);
                break;
            default:
                _lineStarting = false;
                ReadTag(isPrint: kind == '{', tag);
                break;
        }
    }

    private int FindTag(int from)
    {
        for (int at = from; ; at++)
        {
            at = _text.IndexOf('{', at);
            if (at < 0 || at + 1 >= _text.Length)
            {
                return -1;
            }
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
    }

    private string StripBefore(string data, char sign, bool isPrint)
    {
        if (sign == '-')
        {
            return data.AsSpan().TrimEnd(PythonText.WhiteSpace).ToString();
        }
        int lineStart = data.LastIndexOf('\n') + 1;
        bool strips = sign != '+' && !isPrint && (lineStart > 0 || _lineStarting) && data.AsSpan(lineStart).Trim(PythonText.WhiteSpace).IsEmpty;
        return strips ? data[..lineStart] : data;
    }

    private void SkipComment(int begin)
    {
        int end = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw _source.Error(LineAt(begin), "The comment has no end.", "'#}'");
        }
        AfterDelimiter(end + 2, end > _position ? _text[end - 1] : ' ', trimsNewline: true);
    }

    /// <summary>Where the content of a raw block begins, if one begins here.</summary>
    private int? RawBegin(int inside)
    {
        int at = SkipSpace(inside);
        if (!_text.AsSpan(at).StartsWith("raw"))
        {
            return null;
        }
        at = SkipSpace(at + 3);
        ReadOnlySpan<char> rest = _text.AsSpan(at);
        return rest.StartsWith("%}") ? at + 2 : rest.StartsWith("-%}") ? SkipSpace(at + 3) : null;
    }

    private void ReadRaw(int content, int begin)
    {
        _lineStarting = _text[content - 1] == '\n';
        for (int at = content; (at = _text.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            int inside = at + 2;
            char sign = inside < _text.Length && _text[inside] is '-' or '+' ? _text[inside++] : ' ';
            int name = SkipSpace(inside);
            if (!_text.AsSpan(name).StartsWith("endraw"))
            {
                continue;
            }
            int end = SkipSpace(name + 6);
            char endSign = end < _text.Length && _text[end] is '-' or '+' ? _text[end++] : ' ';
            if (!_text.AsSpan(end).StartsWith("%}"))
            {
                continue;
            }
            AddData(StripBefore(_text[content..at], sign, isPrint: false));
            AfterDelimiter(end + 2, endSign, trimsNewline: true);
            return;
        }
        throw _source.Error(LineAt(begin), "The raw block has no end.", "'{% endraw %}'");
    }

    private void ReadTag(bool isPrint, int begin)
    {
        string close = isPrint ? "}}" : "%}";
        var brackets = new Stack<char>();
        Add(isPrint ? TokenKind.PrintBegin : TokenKind.BlockBegin, "");
        while (true)
        {
            _position = SkipSpace(_position);
            if (_position >= _text.Length)
            {
                throw _source.Error(LineAt(begin), "The tag has no end.", $"'{close}'");
            }
            ReadOnlySpan<char> rest = _text.AsSpan(_position);
            bool hasSign = rest[0] == '-' || rest[0] == '+' && !isPrint;
            if (brackets.Count == 0 && rest[(hasSign ? 1 : 0)..].StartsWith(close))
            {
                Add(isPrint ? TokenKind.PrintEnd : TokenKind.BlockEnd, "");
                AfterDelimiter(_position + (hasSign ? 3 : 2), hasSign ? rest[0] : ' ', trimsNewline: !isPrint);
                return;
            }
            ReadTagToken(rest, brackets);
        }
    }

    private void ReadTagToken(ReadOnlySpan<char> rest, Stack<char> brackets)
    {
        char first = rest[0];
        if (char.IsAsciiDigit(first))
        {
            (TokenKind kind, int length) = TokenLengths.Number(rest);
            Take(kind, length);
        }
        else if (first == '_' || char.IsLetter(first))
        {
            int length = TokenLengths.Name(rest);
            if (length > LongestName)
            {
                throw _source.Error(LineAt(_position), $"A name has {length} characters.", $"at most {LongestName}");
            }
            Take(TokenKind.Name, length);
        }
        else if (first is '\'' or '"')
        {
            int length = TokenLengths.StringLiteral(rest);
            if (length == 0)
            {
                throw _source.Error(LineAt(_position), "The string has no end.", $"a closing {first}");
            }
            int line = LineAt(_position);
            string text = StringEscapes.Resolve(_text.Substring(_position + 1, length - 2))
                ?? throw _source.Error(line, "The string has an escape that is not supported.", "the escapes of Python strings, without \\N and surrogates");
            _tokens.Add(new Token(TokenKind.Text, text, line));
            _position += length;
        }
        else if (TokenLengths.Operator(rest) is int length and > 0)
        {
            Balance(first, brackets);
            Take(TokenKind.Operator, length);
        }
        else
        {
            throw _source.Error(LineAt(_position), $"The character '{first}' cannot stand here.", "a name, a value or an operator");
        }
    }

    private void Balance(char bracket, Stack<char> open)
    {
        switch (bracket)
        {
            case '(':
                open.Push(')');
                break;
            case '[':
                open.Push(']');
                break;
            case '{':
                open.Push('}');
                break;
            case ')' or ']' or '}' when !open.TryPop(out char expected) || expected != bracket:
                throw _source.Error(LineAt(_position), $"A '{bracket}' closes what is not open.", expected == '\0' ? "no closing bracket" : $"'{expected}'");
        }
    }

    private void AfterDelimiter(int end, char sign, bool trimsNewline)
    {
        if (sign == '-')
        {
            end = SkipSpace(end);
        }
        else if (sign != '+' && trimsNewline && end < _text.Length && _text[end] == '\n')
        {
            end++;
        }
        _position = end;
        _lineStarting = _text[end - 1] == '\n';
    }

    private int SkipSpace(int at)
    {
        while (at < _text.Length && PythonText.IsWhiteSpace(_text[at]))
        {
            at++;
        }
        return at;
    }

    private void Take(TokenKind kind, int length)
    {
        Add(kind, _text.Substring(_position, length));
        _position += length;
    }

    private void AddData(string data)
    {
        if (data.Length > 0)
        {
            Add(TokenKind.Data, data);
        }
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, LineAt(_position)));

    private int LineAt(int position)
    {
        // Errors may look back to where a tag begins.
        if (position < _lineUpTo)
        {
            return 1 + _text.AsSpan(0, position).Count('\n');
        }
        _line += _text.AsSpan(_lineUpTo, position - _lineUpTo).Count('\n');
        _lineUpTo = position;
        return _line;
    }
}
