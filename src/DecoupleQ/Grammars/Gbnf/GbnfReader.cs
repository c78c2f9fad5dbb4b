using System.Globalization;
using System.Text;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Gbnf;

/// <summary>
/// Reads grammars in llama.cpp's notation: rules of literals, classes of characters, other rules, groups, alternatives and repetitions; the answer is the rule
/// <c>root</c>. References to tokens are not supported.
/// </summary>
internal sealed class GbnfReader
{
    private const string Root = "root", Field = "grammar";
    private const int MostLength = 1 << 20, MostNesting = 200, MostCount = 1_000_000;

    private static readonly CodePointSet NameCharacters = CodePointSet.Of([('-', '-'), ('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);

    private readonly int[] _text;
    private readonly Dictionary<string, Rule> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _defined = new(StringComparer.Ordinal), _used = new(StringComparer.Ordinal);
    private int _at;
    private int _line = 1;
    private int _nesting;

    private GbnfReader(string text)
    {
        if (text.Length > MostLength)
        {
            throw new DecoupleQException("The grammar is too long.", field: Field, expected: $"at most {MostLength} characters");
        }
        _text = [.. text.ReplaceLineEndings("\n").EnumerateRunes().Select(rune => rune.Value)];
    }

    /// <summary>Reads a grammar.</summary>
    /// <param name="text">Its text.</param>
    /// <returns>The rule <c>root</c>.</returns>
    /// <exception cref="DecoupleQException">It is wrong, or says what is not supported; the line is named.</exception>
    public static Expression Read(string text) => new GbnfReader(text).Read();

    private Rule Read()
    {
        for (SkipSpace(lines: true); _at < _text.Length; SkipSpace(lines: true))
        {
            ReadRule();
        }
        foreach ((string name, int line) in _used)
        {
            if (!_defined.ContainsKey(name))
            {
                throw Error($"There is no rule {name}.", $"a line that begins with {name} ::=", line);
            }
        }
        return _defined.ContainsKey(Root) ? _rules[Root] : throw Error($"There is no rule {Root}.", $"a line that begins with {Root} ::=", 1);
    }

    private void ReadRule()
    {
        int line = _line;
        string name = Name();
        if (name.Length == 0)
        {
            throw Error("A rule's name is missing.", "name ::= ...");
        }
        if (!_defined.TryAdd(name, line))
        {
            throw Error($"The rule {name} is there already, in line {_defined[name]}.", "one rule of a name, with | between alternatives", line);
        }
        SkipSpace(lines: false);
        if (!(Take(':') && Take(':') && Take('=')))
        {
            throw Error($"::= is missing behind {name}.", "name ::= ...");
        }
        SkipSpace(lines: true);
        RuleOf(name).Body = Alternatives();
        if (_at < _text.Length && _text[_at] != '\n')
        {
            throw Error($"{Shown(_text[_at])} does not belong to a rule.", "\"text\", [characters], a rule's name, (...), |, or a line's end");
        }
    }

    private Expression Alternatives()
    {
        List<Expression> parts = [Chain()];
        while (ContinuesWithAlternative())
        {
            SkipSpace(lines: true);
            parts.Add(Chain());
        }
        return Expression.Either(parts);
    }

    // A line may begin with a further alternative, as no rule begins so.
    private bool ContinuesWithAlternative()
    {
        (int at, int line) = (_at, _line);
        SkipSpace(lines: true);
        if (Take('|'))
        {
            return true;
        }
        (_at, _line) = (at, line);
        return false;
    }

    private Expression Chain()
    {
        var parts = new List<Expression>();
        while (Atom() is { } atom)
        {
            SkipSpace(_nesting > 0);
            while (TryCount(out int least, out int? most))
            {
                atom = new Repetition(atom, least, most);
                SkipSpace(_nesting > 0);
            }
            parts.Add(atom);
        }
        return Expression.Chain(parts);
    }

    private Expression? Atom()
    {
        if (_at == _text.Length)
        {
            return null;
        }
        switch (_text[_at])
        {
            case '"':
                return Literal();
            case '[':
                return Utf8Machine.Of(Class());
            case '.':
                _at++;
                return Utf8Machine.Of(CodePointSet.All);
            case '(':
                return Group();
            case '<' or '!':
                throw Error("References to tokens are not supported.", "\"text\", [characters], a rule's name or (...)");
            case '*' or '+' or '?' or '{':
                throw Error($"Nothing comes before {Shown(_text[_at])} that could be repeated.", "\"text\", [characters], a rule's name or (...) before it");
            default:
                int line = _line;
                string name = Name();
                if (name.Length == 0)
                {
                    return null;
                }
                _used.TryAdd(name, line);
                return RuleOf(name);
        }
    }

    private Expression Literal()
    {
        _at++;
        var text = new StringBuilder();
        while (!Take('"'))
        {
            text.Append(new Rune(Character('"')));
        }
        return Expression.Of(text.ToString());
    }

    private CodePointSet Class()
    {
        _at++;
        bool isNegated = Take('^');
        var ranges = new List<(int, int)>();
        while (!Take(']'))
        {
            int first = Character(']'), last = first;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                last = Character(']');
                if (last < first)
                {
                    throw Error("A range ends before it begins.", "[a-z], the lower character first");
                }
            }
            ranges.Add((first, last));
        }
        CodePointSet all = CodePointSet.Of(ranges);
        return isNegated ? all.Complement() : all;
    }

    private int Character(char closing)
    {
        if (_at == _text.Length || _text[_at] == '\n')
        {
            throw Error($"A {closing} is missing.", $"{closing} in the same line; \\n for a line's end");
        }
        int character = _text[_at++];
        if (character != '\\')
        {
            return character;
        }
        int kind = _at < _text.Length ? _text[_at++] : 0;
        return kind switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' or '"' or '[' or ']' or '-' => kind,
            'x' => Hexadecimal(2),
            'u' => Hexadecimal(4),
            'U' => Hexadecimal(8),
            _ => throw Error("An escape is wrong.", "\\n, \\r, \\t, \\\\, \\\", \\[, \\], \\-, \\xHH, \\uHHHH or \\UHHHHHHHH"),
        };
    }

    private int Hexadecimal(int digits)
    {
        long value = 0;
        for (int i = 0; i < digits; i++, _at++)
        {
            if (_at == _text.Length || _text[_at] > 127 || !char.IsAsciiHexDigit((char)_text[_at]))
            {
                throw Error("Hexadecimal digits are missing.", "\\xHH, \\uHHHH or \\UHHHHHHHH");
            }
            value = (value * 16) + int.Parse($"{(char)_text[_at]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        return Rune.IsValid((uint)Math.Min(value, uint.MaxValue)) ? (int)value : throw Error("An escape is no character.", "a code point that is no surrogate");
    }

    private Expression Group()
    {
        _at++;
        int line = _line;
        if (++_nesting > MostNesting)
        {
            throw Error("Groups are nested too deep.", $"at most {MostNesting}");
        }
        SkipSpace(lines: true);
        Expression inside = Alternatives();
        SkipSpace(lines: true);
        if (!Take(')'))
        {
            throw Error($"The ( of line {line} is not closed.", "a ) for each (");
        }
        _nesting--;
        return inside;
    }

    private bool TryCount(out int least, out int? most)
    {
        (least, most) = (0, null);
        switch (_at < _text.Length ? _text[_at] : 0)
        {
            case '*':
                break;
            case '+':
                least = 1;
                break;
            case '?':
                most = 1;
                break;
            case '{':
                _at++;
                SkipSpace(lines: false);
                least = Number();
                most = least;
                if (Take(','))
                {
                    SkipSpace(lines: false);
                    most = _at < _text.Length && _text[_at] == '}' ? null : Number();
                }
                if (_at == _text.Length || _text[_at] != '}' || most < least)
                {
                    throw Error("The count is wrong.", "{n}, {n,} or {n,m} with n not above m");
                }
                break;
            default:
                return false;
        }
        _at++;
        return true;
    }

    private int Number()
    {
        int start = _at;
        long number = 0;
        while (_at < _text.Length && _text[_at] is >= '0' and <= '9' && number <= MostCount)
        {
            number = (number * 10) + _text[_at++] - '0';
        }
        if (_at == start || number > MostCount)
        {
            throw Error("The count is wrong.", $"a whole number, at most {MostCount}");
        }
        SkipSpace(lines: false);
        return (int)number;
    }

    private string Name()
    {
        int start = _at;
        while (_at < _text.Length && NameCharacters.Contains(_text[_at]))
        {
            _at++;
        }
        return string.Concat(_text[start.._at].Select(character => (char)character));
    }

    private Rule RuleOf(string name)
    {
        if (!_rules.TryGetValue(name, out Rule? rule))
        {
            _rules.Add(name, rule = new(name));
        }
        return rule;
    }

    private void SkipSpace(bool lines)
    {
        while (_at < _text.Length && (_text[_at] is ' ' or '\t' or '#' || lines && _text[_at] == '\n'))
        {
            if (_text[_at] == '#')
            {
                while (_at < _text.Length && _text[_at] != '\n')
                {
                    _at++;
                }
                continue;
            }
            _line += _text[_at] == '\n' ? 1 : 0;
            _at++;
        }
    }

    private bool Take(char character)
    {
        if (_at < _text.Length && _text[_at] == character)
        {
            _at++;
            return true;
        }
        return false;
    }

    private static string Shown(int character) => character == '\n' ? "the line's end" : new Rune(character).ToString();

    private DecoupleQException Error(string message, string expected, int? line = null) =>
        new($"Line {line ?? _line}: {message}", field: Field, expected: expected);
}
