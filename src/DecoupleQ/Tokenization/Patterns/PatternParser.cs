using System.Globalization;
using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Patterns;

/// <summary>Reads the regular expressions of published tokenizers, in Oniguruma's Ruby syntax, and refuses by name what it does not know.</summary>
/// <remarks>Known: literals and escapes, <c>.</c>, <c>\s \d \w \h</c> and their complements, <c>\p{L}</c> and other general categories, classes with ranges,
/// nesting and <c>&amp;&amp;</c>, groups, <c>(?i:...)</c> over ASCII, look-ahead, atomic groups, and greedy, lazy and possessive repetitions.</remarks>
internal sealed class PatternParser
{
    /// <summary>Longest pattern, in code points; the longest published one has about 1300.</summary>
    public const int MaxLength = 16384;

    /// <summary>Largest count in <c>{n,m}</c>.</summary>
    public const int MaxCount = 256;

    private const int MaxNesting = 32;
    private const int End = -1;

    private readonly int[] _pattern;
    private int _position;
    private int _nesting;
    private bool _ignoreCase;

    private PatternParser(string pattern)
    {
        if (pattern.Length > 2 * MaxLength)
        {
            throw Refuse($"it is longer than {MaxLength} characters");
        }
        _pattern = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];
        if (_pattern.Length > MaxLength)
        {
            throw Refuse($"it is longer than {MaxLength} characters");
        }
    }

    /// <exception cref="DecoupleQException">The pattern is malformed or uses what this parser does not know; no file and field are set.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        PatternNode node = parser.ParseAlternation();
        return parser.Peek() == End ? node : throw parser.Refuse("a ')' closes nothing");
    }

    /// <summary>The pattern that matches exactly <paramref name="text"/>.</summary>
    public static PatternNode Literal(string text) => new Concatenation([.. text.EnumerateRunes().Select(rune => new OneOf(CodePointSet.Of(rune.Value)))]);

    private PatternNode ParseAlternation()
    {
        if (++_nesting > MaxNesting)
        {
            throw Refuse($"groups are nested more than {MaxNesting} deep");
        }
        var choices = new List<PatternNode> { ParseConcatenation() };
        while (Accept('|'))
        {
            choices.Add(ParseConcatenation());
        }
        _nesting--;
        return choices is [var only] ? only : new Alternation(choices);
    }

    private PatternNode ParseConcatenation()
    {
        var parts = new List<PatternNode>();
        int lastLetter = 0;
        while (Peek() is not (End or '|' or ')'))
        {
            int start = _position;
            PatternNode atom = ParseAtom();
            bool alone = _position == start + 1;
            PatternNode part = ParseRepetitions(atom);
            int letter = _ignoreCase && alone && _pattern[start] is >= 'A' and <= 'z' ? _pattern[start] | 0x20 : 0;
            if (FoldsTogether(lastLetter, letter))
            {
                throw Refuse($"'{(char)lastLetter}{(char)letter}' under (?i) would also match a ligature");
            }
            lastLetter = letter;
            parts.Add(part);
        }
        return parts is [var only] ? only : new Concatenation(parts);
    }

    /// <summary>Whether a pair of letters equals a single letter in full case folding: ß, ﬀ, ﬁ, ﬂ, ﬆ.</summary>
    private static bool FoldsTogether(int first, int second) => (first, second) is ('s', 's') or ('f', 'f') or ('f', 'i') or ('f', 'l') or ('s', 't');

    private PatternNode ParseRepetitions(PatternNode atom)
    {
        while (true)
        {
            (int min, int max, bool interval) = Peek() switch
            {
                '*' => (0, int.MaxValue, false),
                '+' => (1, int.MaxValue, false),
                '?' => (0, 1, false),
                '{' => ParseInterval(),
                _ => (-1, 0, false),
            };
            if (min < 0)
            {
                return atom;
            }
            if (!interval)
            {
                _position++;
            }
            if (atom is LookAhead)
            {
                throw Refuse("a look-ahead is repeated");
            }
            if (max == int.MaxValue && atom.CanBeEmpty)
            {
                throw Refuse("what is repeated without limit can match the empty text");
            }
            var greediness = Greediness.Greedy;
            if (Peek() == '?')
            {
                if (interval && min == max)
                {
                    throw Refuse("'{n}?' is ambiguous");
                }
                _position++;
                greediness = Greediness.Lazy;
            }
            else if (!interval && Accept('+'))
            {
                // After an interval, "+" is one more repetition in this syntax, not a possessive mark.
                greediness = Greediness.Possessive;
            }
            atom = new Repetition(atom, min, max, greediness);
        }
    }

    private (int Min, int Max, bool Interval) ParseInterval()
    {
        _position++;
        int? min = ParseCount();
        int? max = min;
        if (Accept(','))
        {
            max = ParseCount() ?? (min is null ? null : int.MaxValue);
        }
        return max is int limit && (min ?? 0) <= limit && Accept('}') ? (min ?? 0, limit, true) : throw Refuse("a '{' begins no {n}, {n,}, {,m} or {n,m}");
    }

    private int? ParseCount()
    {
        int? count = null;
        while (Peek() is >= '0' and <= '9')
        {
            count = (count ?? 0) * 10 + _pattern[_position++] - '0';
            if (count > MaxCount)
            {
                throw Refuse($"a count is above {MaxCount}");
            }
        }
        return count;
    }

    private PatternNode ParseAtom()
    {
        int c = Next();
        switch (c)
        {
            case '(':
                return ParseGroup();
            case '[':
                return new OneOf(ParseClass());
            case '.':
                return new OneOf(CodePointSet.Of('\n').Complement());
            case '\\':
                return new OneOf(IgnoreCase(ParseEscape()));
            case '^' or '$':
                throw Refuse($"the anchor '{(char)c}' is not supported");
            case '*' or '+' or '?' or '{':
                throw Refuse($"'{(char)c}' repeats nothing");
            default:
                return new OneOf(IgnoreCase(CodePointSet.Of(c)));
        }
    }

    private PatternNode ParseGroup()
    {
        bool ignoreCase = _ignoreCase;
        Func<PatternNode, PatternNode> wrap = node => node;
        if (Accept('?'))
        {
            switch (Next())
            {
                case ':':
                    break;
                case '=':
                    wrap = node => new LookAhead(node, Negative: false);
                    break;
                case '!':
                    wrap = node => new LookAhead(node, Negative: true);
                    break;
                case '>':
                    wrap = node => new Atomic(node);
                    break;
                case 'i' when Accept(':'):
                    _ignoreCase = true;
                    break;
                default:
                    throw Refuse("a group begins with something other than (?: (?i: (?= (?! (?>");
            }
        }
        PatternNode body = ParseAlternation();
        if (!Accept(')'))
        {
            throw Refuse("a '(' is not closed");
        }
        _ignoreCase = ignoreCase;
        return wrap(body);
    }

    /// <summary>A class after its '['; its own nesting counts.</summary>
    private CodePointSet ParseClass()
    {
        if (++_nesting > MaxNesting)
        {
            throw Refuse($"classes are nested more than {MaxNesting} deep");
        }
        bool negative = Accept('^');
        CodePointSet? left = null;
        // A set that comes again and again counts once.
        var parts = new HashSet<CodePointSet>();
        bool any = false;
        while (!Accept(']'))
        {
            any = true;
            if (Peek() == '&' && _position + 1 < _pattern.Length && _pattern[_position + 1] == '&')
            {
                _position += 2;
                CodePointSet operand = IgnoreCase(UnionOf(parts));
                left = left?.Intersect(operand) ?? operand;
                parts.Clear();
                continue;
            }
            parts.Add(ParseClassItem());
        }
        if (!any)
        {
            throw Refuse("a class is empty");
        }
        CodePointSet set = IgnoreCase(UnionOf(parts));
        set = left?.Intersect(set) ?? set;
        _nesting--;
        return negative ? set.Complement() : set;
    }

    private static CodePointSet UnionOf(IReadOnlyCollection<CodePointSet> sets) => CodePointSet.Of(sets.SelectMany(set => set.Ranges));

    private CodePointSet ParseClassItem()
    {
        int c = Next("a '[' is not closed");
        if (c == '[')
        {
            return Peek() == ':' ? throw Refuse("POSIX classes ([:alpha:]) are not supported") : ParseClass();
        }
        CodePointSet item = c == '\\' ? ParseEscape() : CodePointSet.Of(c);
        if (Peek() != '-' || _position + 1 >= _pattern.Length || _pattern[_position + 1] == ']')
        {
            return item;
        }
        _position++;
        int end = Next();
        CodePointSet last = end == '\\' ? ParseEscape() : end == '[' ? CodePointSet.Empty : CodePointSet.Of(end);
        return item.Single is int from && last.Single is int to && from <= to
            ? CodePointSet.Of(from, to)
            : throw Refuse("a range in a class does not go from a character to a later one");
    }

    private CodePointSet ParseEscape()
    {
        int c = Next();
        switch (c)
        {
            case 'n': return CodePointSet.Of('\n');
            case 'r': return CodePointSet.Of('\r');
            case 't': return CodePointSet.Of('\t');
            case 'f': return CodePointSet.Of('\f');
            case 'v': return CodePointSet.Of('\v');
            case 'a': return CodePointSet.Of('\a');
            case 'e': return CodePointSet.Of(0x1B);
            case 's': return CharacterClasses.WhiteSpace;
            case 'S': return CharacterClasses.WhiteSpace.Complement();
            case 'd': return CharacterClasses.Category("Nd")!;
            case 'D': return CharacterClasses.Category("Nd")!.Complement();
            case 'w': return CharacterClasses.PatternWord();
            case 'W': return CharacterClasses.PatternWord().Complement();
            case 'h': return HexadecimalDigits;
            case 'H': return HexadecimalDigits.Complement();
            case 'p' or 'P': return ParseProperty(c == 'P');
            case 'u': return CodePointSet.Of(ParseHex(4, 4));
            case 'x' when Accept('{'):
                int value = ParseHex(1, 6);
                return Accept('}') ? CodePointSet.Of(value) : throw Refuse("a '\\x{' is not closed");
            case 'x': return CodePointSet.Of(ParseHex(2, 2) is < 0x80 and var ascii ? ascii : throw Refuse("'\\xHH' above 7F names a byte, not a character"));
            case > 0x7F: return CodePointSet.Of(c);
            default:
                return char.IsAsciiLetterOrDigit((char)c) ? throw Refuse($"the escape '\\{(char)c}' is not supported") : CodePointSet.Of(c);
        }
    }

    private static CodePointSet HexadecimalDigits { get; } = CodePointSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    private CodePointSet ParseProperty(bool negative)
    {
        if (!Accept('{'))
        {
            throw Refuse("a '\\p' is not followed by '{'");
        }
        negative ^= Accept('^');
        var name = new StringBuilder();
        while (!Accept('}'))
        {
            name.Append(new Rune(Next("a '\\p{' is not closed")));
        }
        CodePointSet set = CharacterClasses.Category(name.ToString()) ?? throw Refuse($"\\p{{{name}}} is no general category");
        return negative ? set.Complement() : set;
    }

    private int ParseHex(int min, int max)
    {
        var digits = new StringBuilder();
        while (digits.Length < max && Peek() is > 0 and < 0x80 and var c && char.IsAsciiHexDigit((char)c))
        {
            digits.Append((char)c);
            _position++;
        }
        return digits.Length >= min && int.Parse(digits.ToString(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var value && Rune.IsValid(value)
            ? value
            : throw Refuse("an escape names no character");
    }

    private CodePointSet IgnoreCase(CodePointSet set)
    {
        if (!_ignoreCase)
        {
            return set;
        }
        if (set.Ranges.Any(range => range.Last > 0x7F))
        {
            throw Refuse("(?i) reaches beyond ASCII");
        }
        var folded = new List<(int, int)>(set.Ranges);
        for (char c = 'a'; c <= 'z'; c++)
        {
            if (set.Contains(c) || set.Contains(char.ToUpperInvariant(c)))
            {
                folded.Add((c, c));
                folded.Add((c - 0x20, c - 0x20));
            }
        }
        // The two letters outside ASCII that fold to a letter inside: long s and the Kelvin sign.
        if (set.Contains('s') || set.Contains('S'))
        {
            folded.Add((0x17F, 0x17F));
        }
        if (set.Contains('k') || set.Contains('K'))
        {
            folded.Add((0x212A, 0x212A));
        }
        return CodePointSet.Of(folded);
    }

    private int Peek() => _position < _pattern.Length ? _pattern[_position] : End;

    private int Next(string problem = "it ends too early") => _position < _pattern.Length ? _pattern[_position++] : throw Refuse(problem);

    private bool Accept(int c)
    {
        if (Peek() != c)
        {
            return false;
        }
        _position++;
        return true;
    }

    private DecoupleQException Refuse(string problem) => new($"The pattern is not understood at character {_position}: {problem}.",
        expected: "a pattern of literals, classes, \\p{category}, groups, look-ahead and repetitions");
}
