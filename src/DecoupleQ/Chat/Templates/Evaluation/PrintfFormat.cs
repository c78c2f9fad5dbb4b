using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary><c>text % values</c>: replaces <c>%[(key)][flags][width][.precision]type</c>, as C's printf does.</summary>
internal sealed class PrintfFormat
{
    private readonly TemplateRun _run;
    private readonly TextValue _text;
    private readonly IReadOnlyList<Value> _values;
    private readonly MappingValue? _mapping;
    private readonly bool _isTupleOrScalar;
    private int _next;
    private int _position;

    private PrintfFormat(TemplateRun run, TextValue text, Value values)
    {
        (_run, _text, _mapping) = (run, text, values as MappingValue);
        // As in Python, a list is one value, and may be left over.
        _isTupleOrScalar = values is not (MappingValue or ListValue { IsTuple: false });
        _values = values is ListValue { IsTuple: true } tuple ? tuple.Items : [values];
    }

    /// <summary>The text with its fields replaced: by the items of a tuple in order, by those of a mapping by key, else by the one value.</summary>
    /// <exception cref="DecoupleQException">A field is none or does not fit its value, or their numbers differ.</exception>
    public static TextValue Format(TemplateRun run, TextValue text, Value values) => new PrintfFormat(run, text, values).Format();

    private char Current => _position < _text.Text.Length ? _text.Text[_position] : throw _run.Fail("The text ends within a field.", "a type after '%'");

    private TextValue Format()
    {
        var output = new TextBuilder(_run);
        while (_position < _text.Text.Length)
        {
            int percent = _text.Text.IndexOf('%', _position);
            int end = percent < 0 ? _text.Text.Length : percent;
            output.Append(_text, _position, end - _position);
            _position = end;
            if (percent >= 0)
            {
                _position++;
                output.Append(Field());
            }
        }
        if (_isTupleOrScalar && _next < _values.Count)
        {
            throw _run.Fail("Not all values go into the text.", "as many values as fields");
        }
        return output.ToText();
    }

    private TextValue Field()
    {
        _run.Spend(32);
        Value? keyed = null;
        if (Current == '(')
        {
            MappingValue mapping = _mapping ?? throw _run.Fail("A field has a key, but the values have none.", "a mapping");
            int start = ++_position;
            for (int open = 1; open > 0; _position++)
            {
                open += Current switch { '(' => 1, ')' => -1, _ => 0 };
            }
            string key = _text.Text[start..(_position - 1)];
            keyed = Mappings.Find(_run, mapping, key) ?? throw _run.Fail($"The mapping has no key '{Conversions.Shown(key)}'.", "a key for each field");
        }
        var flags = new HashSet<char>();
        for (; Current is '-' or '+' or ' ' or '#' or '0'; _position++)
        {
            flags.Add(Current);
        }
        long width = Number() ?? 0;
        if (width < 0)
        {
            flags.Add('-');
        }
        long? precision = null;
        if (Current == '.')
        {
            _position++;
            precision = Math.Max(0, Number() ?? 0);
        }
        if (Math.Abs(width) > 999_999 || precision > 999_999)
        {
            throw _run.Fail("A field has too large a number.", "at most 999999");
        }
        _run.Spend(Math.Abs(width) + (precision ?? 0));
        for (; Current is 'h' or 'l' or 'L'; _position++)
        {
            // Python takes C's sizes and does nothing with them.
        }
        char type = Current;
        _position++;
        if (type == '%')
        {
            return TextValue.Of("%");
        }
        TextValue text = Written(type, flags, (int?)precision, keyed ?? Next(), out string sign);
        return Pad(text, sign, flags, (int)Math.Abs(width), type);
    }

    private long? Number()
    {
        if (Current == '*')
        {
            _position++;
            return Conversions.RequireInteger(_run, Next(), "The value of '*'");
        }
        int start = _position;
        while (char.IsAsciiDigit(Current))
        {
            _position++;
        }
        return _position == start
            ? null
            : long.TryParse(_text.Text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : long.MaxValue;
    }

    private Value Next() => _next < _values.Count ? _values[_next++] : throw _run.Fail("There are more fields than values.", "as many values as fields");

    private TextValue Written(char type, HashSet<char> flags, int? precision, Value value, out string sign)
    {
        sign = "";
        switch (type)
        {
            case 's' or 'r' or 'a':
                TextValue text = type == 's' ? Conversions.Print(_run, value) : PythonSyntax.Repr(_run, value, asciiOnly: type == 'a');
                if (precision is not int most)
                {
                    return text;
                }
                CodePoints starts = TextParts.CodePointsOf(_run, text.Text);
                return most < starts.Count ? text.Part(_run, 0, starts[most]) : text;
            case 'c':
                return value switch
                {
                    TextValue { Text.Length: 1 or 2 } character when PythonText.Length(character.Text) == 1 => character,
                    IntegerValue { Number: >= 0 and < 0x110000 and not (>= 0xD800 and < 0xE000) } code => TextValue.Of(char.ConvertFromUtf32((int)code.Number)),
                    _ => throw _run.Fail($"'%c' cannot write {value.Kind}.", "a character or its number"),
                };
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return TextValue.Of(Integer(type, flags.Contains('#'), precision, value, flags, out sign));
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                double number = Numbers.Of(value)?.Real ?? throw _run.Fail($"'%{type}' cannot write {value.Kind}.", "a number");
                _run.Spend(256);
                sign = Sign(double.IsNegative(number) && !double.IsNaN(number), flags);
                string digits = char.ToLowerInvariant(type) switch
                {
                    'e' => PythonFloats.Exponential(number, precision ?? 6),
                    'f' => PythonFloats.Fixed(number, precision ?? 6),
                    _ => PythonFloats.General(number, precision ?? 6, keepsZeros: flags.Contains('#')),
                };
                if (flags.Contains('#') && type is not ('g' or 'G') && precision == 0)
                {
                    int whole = digits.AsSpan().IndexOfAnyExceptInRange('0', '9');
                    digits = whole < 0 ? digits + "." : digits.Insert(whole, ".");
                }
                return TextValue.Of(char.IsUpper(type) ? digits.ToUpperInvariant() : digits);
            default:
                throw _run.Fail($"The type '%{type}' is none.", "one of %s %r %a %c %d %i %u %o %x %X %e %E %f %F %g %G %%");
        }
    }

    private string Integer(char type, bool alternate, int? precision, Value value, HashSet<char> flags, out string sign)
    {
        long number = value switch
        {
            FloatValue { Number: double real } when type is 'd' or 'i' or 'u' && Math.Abs(real) < long.MaxValue => (long)real,
            IntegerValue or BooleanValue => Conversions.RequireInteger(_run, value, "The value"),
            _ => throw _run.Fail($"'%{type}' cannot write {value.Kind}.", "a number"),
        };
        sign = Sign(number < 0, flags);
        ulong size = number < 0 ? (ulong)-(number + 1) + 1 : (ulong)number;
        string digits = type switch
        {
            'x' => size.ToString("x", CultureInfo.InvariantCulture),
            'X' => size.ToString("X", CultureInfo.InvariantCulture),
            'o' => Octal(size),
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
        sign += alternate && type is 'x' or 'X' or 'o' ? "0" + type : "";
        return digits.PadLeft(precision ?? 0, '0');
    }

    private static string Sign(bool negative, HashSet<char> flags) => negative ? "-" : flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "";

    private TextValue Pad(TextValue text, string sign, HashSet<char> flags, int width, char type)
    {
        int missing = Math.Max(0, width - sign.Length - TextParts.Length(_run, text.Text));
        bool left = flags.Contains('-'), zeros = flags.Contains('0') && !left && type is not ('s' or 'r' or 'a' or 'c');
        var padded = new TextBuilder(_run);
        padded.Append(' ', left || zeros ? 0 : missing);
        padded.Append(sign);
        padded.Append('0', zeros ? missing : 0);
        padded.Append(text);
        padded.Append(' ', left ? missing : 0);
        return padded.ToText();
    }

    private static string Octal(ulong number)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (int)(number & 7)));
            number >>= 3;
        }
        while (number > 0);
        return digits.ToString();
    }
}
