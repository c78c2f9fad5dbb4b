using System.Globalization;
using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Patterns;

/// <summary>
/// Reads regular expressions as ECMA-262 writes them with the flag <c>u</c>, without what looks around or back: assertions about words, lookahead, lookbehind,
/// back-references. Lazy quantifiers stand for the same texts as greedy ones.
/// </summary>
internal sealed class PatternReader
{
    private const int MostLength = 65_536, MostNesting = 200, MostCount = 1_000_000;

    private static readonly CodePointSet Digits = CodePointSet.Of('0', '9');
    private static readonly CodePointSet WordCharacters = CodePointSet.Of([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);

    private static readonly CodePointSet Spaces = CodePointSet.Of(
    [
        (9, 13), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
        (0xFEFF, 0xFEFF),
    ]);

    private static readonly CodePointSet Dot = CodePointSet.Of([('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)]).Complement();

    private readonly int[] _text;
    private readonly string _field;
    private int _at;
    private int _nesting;

    private PatternReader(string text, string field)
    {
        _field = field;
        if (text.Length > MostLength)
        {
            throw new DecoupleQException("The regular expression is too long.", field: field, expected: $"at most {MostLength} characters");
        }
        _text = [.. text.EnumerateRunes().Select(rune => rune.Value)];
    }

    /// <summary>Reads a regular expression.</summary>
    /// <param name="text">The expression, without slashes around it.</param>
    /// <param name="field">What errors call it.</param>
    /// <exception cref="DecoupleQException">It is wrong, or says what is not supported.</exception>
    public static Pattern Read(string text, string field)
    {
        var reader = new PatternReader(text, field);
        Pattern pattern = reader.Alternatives();
        return reader._at == reader._text.Length ? pattern : throw reader.Error("A ) closes nothing.", "\\) for the character");
    }

    private Pattern Alternatives()
    {
        List<Pattern> parts = [Chain()];
        while (Take('|'))
        {
            parts.Add(Chain());
        }
        return parts.Count == 1 ? parts[0] : new Pattern.Either(parts);
    }

    private Pattern Chain()
    {
        var parts = new List<Pattern>();
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
        {
            Pattern part = Atom();
            if (TryCount(out int least, out int? most))
            {
                if (part is Pattern.Beginning or Pattern.End)
                {
                    throw Error("An anchor is repeated.", "an anchor that stands once");
                }
                part = new Pattern.Repeated(part, least, most);
            }
            parts.Add(part);
        }
        return parts.Count == 1 ? parts[0] : new Pattern.Chain(parts);
    }

    private Pattern Atom()
    {
        int first = _text[_at++];
        switch (first)
        {
            case '^':
                return new Pattern.Beginning();
            case '$':
                return new Pattern.End();
            case '.':
                return new Pattern.Characters(Dot);
            case '[':
                return new Pattern.Characters(Class());
            case '(':
                return Group();
            case '\\':
                return new Pattern.Characters(Escape(inClass: false, out int single) ?? CodePointSet.Of(single));
            case '*' or '+' or '?':
                throw Error($"Nothing comes before {(char)first} that could be repeated.", $"\\{(char)first} for the character");
            case '{' or '}' or ']':
                throw Error($"{(char)first} stands by itself.", $"\\{(char)first} for the character");
            default:
                return new Pattern.Characters(CodePointSet.Of(first));
        }
    }

    private Pattern Group()
    {
        if (Take('?'))
        {
            bool isNamed = false;
            if (Take('<') && _at < _text.Length && _text[_at] is not ('=' or '!'))
            {
                isNamed = true;
                while (_at < _text.Length && _text[_at] != '>')
                {
                    if (!WordCharacters.Contains(_text[_at++]))
                    {
                        throw Error("The group's name is wrong.", "(?<name>...)");
                    }
                }
                Expect('>', "(?<name>...)");
            }
            if (!isNamed && !Take(':'))
            {
                throw Error("Groups that look ahead or back, or set flags, are not supported.", "(?:...), (...) or (?<name>...)");
            }
        }
        if (++_nesting > MostNesting)
        {
            throw Error("Groups are nested too deep.", $"at most {MostNesting}");
        }
        Pattern inside = Alternatives();
        Expect(')', "a ) for each (");
        _nesting--;
        return inside;
    }

    private bool TryCount(out int least, out int? most)
    {
        (least, most) = (0, null);
        if (_at == _text.Length)
        {
            return false;
        }
        switch (_text[_at])
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
                least = Number();
                most = least;
                if (Take(','))
                {
                    most = _at < _text.Length && _text[_at] == '}' ? null : Number();
                }
                if (_at == _text.Length || _text[_at] != '}')
                {
                    throw Error("The count is wrong.", "{n}, {n,} or {n,m}; \\{ for the character");
                }
                if (most < least)
                {
                    throw Error($"{{{least},{most}}} repeats less often at most than at least.", "{n,m} with n not above m");
                }
                break;
            default:
                return false;
        }
        _at++;
        Take('?');
        return true;
    }

    private int Number()
    {
        int start = _at;
        long number = 0;
        while (_at < _text.Length && Digits.Contains(_text[_at]) && number <= MostCount)
        {
            number = (number * 10) + _text[_at++] - '0';
        }
        if (_at == start)
        {
            throw Error("The count is wrong.", "{n}, {n,} or {n,m}; \\{ for the character");
        }
        return number <= MostCount ? (int)number : throw Error("The count is too large.", $"at most {MostCount}");
    }

    private CodePointSet Class()
    {
        bool isNegated = Take('^');
        var ranges = new List<(int, int)>();
        while (!Take(']'))
        {
            CodePointSet? set = Member(out int first);
            if (Take('-'))
            {
                if (_at < _text.Length && _text[_at] == ']')
                {
                    ranges.Add(('-', '-'));
                }
                else if (Member(out int last) is null && set is null)
                {
                    ranges.Add(last >= first ? (first, last) : throw Error("A range ends before it begins.", "[a-z], the lower character first"));
                    continue;
                }
                else
                {
                    throw Error("A class stands at the end of a range.", "\\- for the character");
                }
            }
            ranges.AddRange(set?.Ranges ?? [(first, first)]);
        }
        CodePointSet all = CodePointSet.Of(ranges);
        return isNegated ? all.Complement() : all;
    }

    private CodePointSet? Member(out int single)
    {
        if (_at == _text.Length)
        {
            throw Error("A [ is not closed.", "a ] for each [");
        }
        single = _text[_at++];
        return single == '\\' ? Escape(inClass: true, out single) : null;
    }

    private CodePointSet? Escape(bool inClass, out int single)
    {
        single = 0;
        if (_at == _text.Length)
        {
            throw Error("It ends in a \\.", "\\\\ for the character");
        }
        int kind = _text[_at++];
        switch (kind)
        {
            case 'd':
                return Digits;
            case 'D':
                return Digits.Complement();
            case 'w':
                return WordCharacters;
            case 'W':
                return WordCharacters.Complement();
            case 's':
                return Spaces;
            case 'S':
                return Spaces.Complement();
            case 'p':
                return Category();
            case 'P':
                return Category().Complement();
        }
        single = kind switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            'b' when inClass => '\b',
            '0' when _at == _text.Length || !Digits.Contains(_text[_at]) => 0,
            'x' => Hexadecimal(2),
            'u' => CodePoint(),
            'c' when _at < _text.Length && _text[_at] < 128 && char.IsAsciiLetter((char)_text[_at]) => _text[_at++] % 32,
            // The flag u allows it of what has a meaning alone; without the flag any mark may be escaped, and no dialect takes it for anything else.
            < 128 when char.IsAsciiLetterOrDigit((char)kind) is false && kind > ' ' => kind,
            'b' or 'B' => throw Error("Word boundaries are not supported.", "the characters themselves"),
            'k' or (>= '0' and <= '9') => throw Error("Back-references are not supported.", "the characters themselves"),
            _ => throw Error($"\\{new Rune(kind)} is no escape.", "the character itself, without \\"),
        };
        return null;
    }

    private CodePointSet Category()
    {
        Expect('{', "\\p{L}");
        var name = new StringBuilder();
        while (_at < _text.Length && _text[_at] != '}')
        {
            name.Append(new Rune(_text[_at++]));
        }
        Expect('}', "\\p{L}");
        string category = name.ToString();
        foreach (string prefix in (string[])["General_Category=", "gc="])
        {
            category = category.StartsWith(prefix, StringComparison.Ordinal) ? category[prefix.Length..] : category;
        }
        return CharacterClasses.Category(category)
            ?? throw Error($"\\p{{{category}}} is not supported.", "a general category by its short name, such as \\p{L} or \\p{Lu}");
    }

    private int CodePoint()
    {
        if (Take('{'))
        {
            int start = _at, value = 0;
            while (_at < _text.Length && IsHexadecimal(_text[_at]) && value <= 0x10FFFF)
            {
                value = (value * 16) + Digit(_text[_at++]);
            }
            if (_at == start || value > 0x10FFFF)
            {
                throw Error("The code point is wrong.", "\\u{0} to \\u{10FFFF}");
            }
            Expect('}', "\\u{0} to \\u{10FFFF}");
            return value;
        }
        int first = Hexadecimal(4);
        if (first is >= 0xD800 and < 0xDC00 && _at + 1 < _text.Length && _text[_at] == '\\' && _text[_at + 1] == 'u')
        {
            int back = _at;
            _at += 2;
            int second = Hexadecimal(4);
            if (second is >= 0xDC00 and < 0xE000)
            {
                return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            }
            _at = back;
        }
        return first;
    }

    private int Hexadecimal(int digits)
    {
        int value = 0;
        for (int i = 0; i < digits; i++)
        {
            if (_at == _text.Length || !IsHexadecimal(_text[_at]))
            {
                throw Error("Hexadecimal digits are missing.", "\\xHH or \\uHHHH");
            }
            value = (value * 16) + Digit(_text[_at++]);
        }
        return value;
    }

    private static bool IsHexadecimal(int character) => character < 128 && char.IsAsciiHexDigit((char)character);

    private static int Digit(int character) => int.Parse($"{(char)character}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private bool Take(char character)
    {
        if (_at < _text.Length && _text[_at] == character)
        {
            _at++;
            return true;
        }
        return false;
    }

    private void Expect(char character, string expected)
    {
        if (!Take(character))
        {
            throw Error($"A {character} is missing.", expected);
        }
    }

    private DecoupleQException Error(string message, string expected) =>
        new($"Character {_at + 1} of the regular expression: {message}", field: _field, expected: expected);
}
