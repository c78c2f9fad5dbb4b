using System.Globalization;
using System.Numerics;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>
/// How <c>format</c> writes a value: <c>[[fill]align][sign][z][#][0][width][grouping][.precision][type]</c>, Python's format specification mini-language.
/// </summary>
internal sealed class FormatSpec
{
    private const string Expected = "[[fill]align][sign][#][0][width][,][.precision][type], as in '>8' or '.2f'";

    private readonly TemplateRun _run;
    private TextValue _fill = TextValue.Of(" ");
    private char _align;
    private char _sign = '-';
    private bool _alternate, _zero, _noNegativeZero;
    private int _width;
    private char _grouping;
    private int? _precision;
    private char _type;

    private FormatSpec(TemplateRun run) => _run = run;

    /// <summary>The text of a value in a format.</summary>
    /// <exception cref="DecoupleQException">The format is none, or does not fit the value.</exception>
    public static TextValue Format(TemplateRun run, Value value, TextValue spec)
    {
        if (spec.Text.Length == 0)
        {
            return Conversions.Print(run, value);
        }
        FormatSpec parsed = Parse(run, spec);
        return value switch
        {
            TextValue text => parsed.Text(text),
            SafeTextValue safe => parsed.Text(safe.Text),
            IntegerValue or BooleanValue => parsed.Integer(Conversions.RequireInteger(run, value, "The value")),
            FloatValue real => parsed.Real(real.Number, parsed._type),
            _ => throw run.Fail($"{Conversions.Capitalized(value.Kind)} cannot be written in the format '{spec.Text}'.", "a text or number, or no format"),
        };
    }

    private static FormatSpec Parse(TemplateRun run, TextValue text)
    {
        run.Spend(32 + 4L * text.Text.Length);
        var spec = new FormatSpec(run);
        string rest = text.Text;
        int first = rest.Length > 1 && char.IsSurrogatePair(rest[0], rest[1]) ? 2 : 1;
        if (rest.Length > first && rest[first] is '<' or '>' or '=' or '^')
        {
            (spec._fill, spec._align) = (text.Part(run, 0, first), rest[first]);
            rest = rest[(first + 1)..];
        }
        else if (rest[0] is '<' or '>' or '=' or '^')
        {
            spec._align = rest[0];
            rest = rest[1..];
        }
        bool hasFill = spec._align != 0 && text.Text.Length - rest.Length > 1;
        if (rest is ['+' or '-' or ' ', ..])
        {
            spec._sign = rest[0];
            rest = rest[1..];
        }
        spec._noNegativeZero = Take(ref rest, 'z');
        spec._alternate = Take(ref rest, '#');
        if (Take(ref rest, '0'))
        {
            spec._zero = true;
            spec._fill = hasFill ? spec._fill : TextValue.Of("0");
        }
        spec._width = Number(run, text, ref rest) ?? 0;
        if (rest is [',' or '_', ..])
        {
            spec._grouping = rest[0];
            rest = rest[1..];
        }
        if (Take(ref rest, '.'))
        {
            spec._precision = Number(run, text, ref rest) ?? throw Unknown(run, text);
        }
        if (rest.Length > 0)
        {
            spec._type = rest[0];
            rest = rest[1..];
        }
        if (spec._type == 'n' && spec._grouping != 0)
        {
            throw Unknown(run, text);
        }
        run.Spend(spec._width + (spec._precision ?? 0));
        return rest.Length == 0 ? spec : throw Unknown(run, text);
    }

    private static bool Take(ref string rest, char character)
    {
        bool found = rest.Length > 0 && rest[0] == character;
        rest = found ? rest[1..] : rest;
        return found;
    }

    private static int? Number(TemplateRun run, TextValue text, ref string rest)
    {
        int length = rest.AsSpan().IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? rest.Length : length;
        if (length == 0)
        {
            return null;
        }
        if (length > 6)
        {
            throw run.Fail($"The format '{text.Text}' has too large a number.", "at most 999999");
        }
        int number = int.Parse(rest.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture);
        rest = rest[length..];
        return number;
    }

    private static DecoupleQException Unknown(TemplateRun run, TextValue text) => run.Fail($"The format '{text.Text}' is none.", Expected);

    private DecoupleQException Unfit(string kind) => _run.Fail($"The format does not fit {kind}.", Expected);

    private TextValue Text(TextValue text)
    {
        if (_type is not ('\0' or 's') || _sign != '-' || _align == '=' || _alternate || _grouping != 0 || _noNegativeZero)
        {
            throw Unfit("a text");
        }
        if (_precision is int most)
        {
            CodePoints starts = TextParts.CodePointsOf(_run, text.Text);
            text = text.Part(_run, 0, starts[Math.Min(most, starts.Count)]);
        }
        return Padded(TextValue.Empty, text, _align == 0 ? '<' : _align);
    }

    private TextValue Integer(long number)
    {
        switch (_type)
        {
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%':
                return Real(number, _type);
            case 'c':
                return number is >= 0 and < 0x110000 and not (>= 0xD800 and < 0xE000) && _sign == '-' && !_alternate && _precision is null && _grouping == 0
                    ? Padded(TextValue.Empty, TextValue.Of(char.ConvertFromUtf32((int)number)), _align == 0 ? '<' : _align)
                    : throw Unfit("a character");
            case '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' when _precision is null && !_noNegativeZero:
                break;
            default:
                throw Unfit("an integer");
        }
        BigInteger size = BigInteger.Abs(number);
        string digits = _type switch
        {
            'b' => size.ToString("b", CultureInfo.InvariantCulture).TrimStart('0'),
            'o' => Octal(size),
            'x' => size.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'),
            'X' => size.ToString("X", CultureInfo.InvariantCulture).TrimStart('0'),
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
        bool isDecimal = _type is '\0' or 'd' or 'n';
        if (_grouping == ',' && !isDecimal)
        {
            throw Unfit("an integer in another base");
        }
        string prefix = _alternate && !isDecimal ? "0" + _type : "";
        return Signed(number < 0, prefix, digits.Length == 0 ? "0" : digits, "", isDecimal ? 3 : 4);
    }

    private TextValue Real(double number, char type)
    {
        _run.Spend(256);
        int precision = _precision ?? 6;
        double shown = type == '%' ? number * 100 : number;
        string text = type switch
        {
            '\0' when _precision is null => PythonNumbers.Text(Math.Abs(number)),
            '\0' => PythonFloats.General(number, precision, _alternate, keepsPoint: true),
            'f' or 'F' => PythonFloats.Fixed(number, precision),
            'e' or 'E' => PythonFloats.Exponential(number, precision),
            'g' or 'G' or 'n' => PythonFloats.General(number, precision, _alternate),
            '%' => PythonFloats.Fixed(shown, precision) + "%",
            _ => throw Unfit("a number"),
        };
        if (_alternate && type is 'f' or 'F' or 'e' or 'E' or '%' && precision == 0 && double.IsFinite(shown))
        {
            int end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
            text = end < 0 ? text + "." : text.Insert(end, ".");
        }
        text = type is 'F' or 'E' or 'G' ? text.ToUpperInvariant() : text;
        bool negative = double.IsNegative(number) && !double.IsNaN(number);
        if (_noNegativeZero && negative && !text.AsSpan().ContainsAnyInRange('1', '9') && double.IsFinite(number))
        {
            negative = false;
        }
        int whole = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        whole = whole < 0 ? text.Length : whole;
        return Signed(negative, "", text[..whole], text[whole..], 3);
    }

    private TextValue Signed(bool negative, string prefix, string whole, string rest, int groups)
    {
        string before = (negative ? "-" : _sign == '-' ? "" : _sign.ToString()) + prefix;
        char align = _align != 0 ? _align : _zero ? '=' : '>';
        string grouped = Grouped(whole, groups);
        if (align == '=' && _fill.Text == "0" && _grouping != 0)
        {
            // Zeros that fill are grouped like digits: as few as take the room with the signs between them.
            long room = (long)_width - before.Length - rest.Length;
            long digits = room <= 0 ? 0 : room - (room - 1) / (groups + 1);
            grouped = Grouped(whole.PadLeft((int)Math.Max(whole.Length, digits), '0'), groups);
        }
        return Padded(TextValue.Of(before), TextValue.Of(grouped + rest), align);
    }

    private string Grouped(string digits, int size)
    {
        if (_grouping == 0)
        {
            return digits;
        }
        var grouped = new StringBuilder();
        for (int i = 0; i < digits.Length; i++)
        {
            grouped.Append(i > 0 && (digits.Length - i) % size == 0 ? _grouping.ToString() : "").Append(digits[i]);
        }
        return grouped.ToString();
    }

    private TextValue Padded(TextValue before, TextValue text, char align)
    {
        int missing = Math.Max(0, _width - before.Text.Length - TextParts.Length(_run, text.Text));
        int left = align switch { '>' or '=' => missing, '^' => missing / 2, _ => 0 };
        var padded = new TextBuilder(_run);
        if (align == '=')
        {
            padded.Append(before);
        }
        Fill(padded, left);
        if (align != '=')
        {
            padded.Append(before);
        }
        padded.Append(text);
        Fill(padded, missing - left);
        return padded.ToText();
    }

    private void Fill(TextBuilder output, int count)
    {
        for (int i = 0; i < count; i++)
        {
            output.Append(_fill);
        }
    }

    private static string Octal(BigInteger number)
    {
        var digits = new StringBuilder();
        for (; number > 0; number >>= 3)
        {
            digits.Insert(0, (char)('0' + (int)(number & 7)));
        }
        return digits.ToString();
    }
}
