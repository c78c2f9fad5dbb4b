using System.Globalization;
using System.Numerics;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Filters on numbers, and from other values to numbers.</summary>
internal static class NumberFilters
{
    private const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly string[] Prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"];

    public static Value Absolute(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        Number number = Numbers.Of(input) ?? throw run.Fail($"The input of abs is {input.Kind}.", "a number");
        return number.Real < 0 ? Operators.Sign(run, "-", input) : Operators.Sign(run, "+", input);
    }

    /// <summary><c>int(default=0, base=10)</c>; a text may have a fraction, which is cut off.</summary>
    public static Value ToInteger(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "default", "base");
        long numberBase = given[1] is Value value ? Conversions.RequireInteger(run, value, "The argument base") : 10;
        switch (input)
        {
            case UndefinedValue undefined:
                throw run.Fail(undefined.Problem, "a value to make an integer of");
            case FloatValue { Number: double real } when Math.Abs(real) < long.MaxValue:
                return new IntegerValue((long)real);
            case IntegerValue or BooleanValue:
                return new IntegerValue(Conversions.RequireInteger(run, input, "The input of int"));
            case TextValue or SafeTextValue:
                string text = Stripped(run, input);
                return Integer(run, text, numberBase) is long integer ? new IntegerValue(integer)
                    : Parse(text) is double cut && Math.Abs(cut) < long.MaxValue ? new IntegerValue((long)cut)
                    : given[0] ?? new IntegerValue(0);
            default:
                return given[0] ?? new IntegerValue(0);
        }
    }

    public static Value ToFloat(TemplateRun run, Value input, Arguments arguments)
    {
        Value? byDefault = arguments.Bind(run, 0, "default")[0];
        return input switch
        {
            UndefinedValue undefined => throw run.Fail(undefined.Problem, "a value to make a number of"),
            TextValue or SafeTextValue when Parse(Stripped(run, input)) is double real => new FloatValue(real),
            _ when Numbers.Of(input) is Number number => new FloatValue(number.Real),
            _ => byDefault ?? new FloatValue(0),
        };
    }

    /// <summary><c>round(precision=0, method='common')</c>, or <c>'ceil'</c> or <c>'floor'</c>.</summary>
    public static Value Round(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "precision", "method");
        long precision = given[0] is Value digits ? Conversions.RequireInteger(run, digits, "The argument precision") : 0;
        string method = given[1] is Value name ? Conversions.RequireText(run, name, "The argument method").Text : "common";
        Number number = Numbers.Of(input) ?? throw run.Fail($"The input of round is {input.Kind}.", "a number");
        // All digits of a double are worked with, and those before its point again.
        run.Spend(256 + 4 * Math.Abs(Math.Clamp(precision, -2000, 2000)));
        if (precision is > 2000 or < -2000)
        {
            throw run.Fail($"The argument precision is {precision}.", "-2000 to 2000");
        }
        switch (method)
        {
            case "common" when number.Integer is long integer:
                return new IntegerValue(precision >= 0 ? integer : Rounded(run, integer, (int)-precision));
            case "common":
                return new FloatValue(PythonFloats.Round(number.Real, (int)precision));
            case "ceil" or "floor":
                double factor = Math.Pow(10, precision), scaled = number.Real * factor;
                return new FloatValue((method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / factor);
            default:
                throw run.Fail($"The method '{method}' of round is none.", "'common', 'ceil' or 'floor'");
        }
    }

    /// <summary><c>sum(attribute=none, start=0)</c></summary>
    public static Value Sum(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "attribute", "start");
        Value sum = given[1] ?? new IntegerValue(0);
        if (sum is TextValue or SafeTextValue)
        {
            throw run.Fail("A sum of texts has no meaning.", "join");
        }
        foreach (Value item in Conversions.Items(run, input))
        {
            sum = Operators.Apply(run, "+", sum, given[0] is null or NoneValue ? item : ListFilters.AttributeAt(run, item, given[0]!));
        }
        return sum;
    }

    /// <summary><c>filesizeformat(binary=false)</c>: bytes in the largest unit of which there is at least one.</summary>
    public static Value FileSize(TemplateRun run, Value input, Arguments arguments)
    {
        bool binary = arguments.Bind(run, 0, "binary")[0]?.IsTrue ?? false;
        double bytes = (ToFloat(run, input, new Arguments("The filter 'float'", [new FloatValue(double.NaN)], [])) as FloatValue)!.Number;
        if (double.IsNaN(bytes))
        {
            throw run.Fail($"The input of filesizeformat is {input.Kind}.", "a number of bytes");
        }
        double unit = binary ? 1024 : 1000;
        if (bytes == 1)
        {
            return TextValue.Of("1 Byte");
        }
        if (bytes < unit)
        {
            return TextValue.Of($"{Conversions.Digits((long)bytes)} Bytes");
        }
        int prefix = 0;
        double next = unit * unit;
        while (prefix < Prefixes.Length - 1 && bytes >= next)
        {
            prefix++;
            next *= unit;
        }
        string name = binary ? Prefixes[prefix].ToUpperInvariant() + "iB" : Prefixes[prefix] + "B";
        return TextValue.Of($"{PythonFloats.Fixed(unit * bytes / next, 1)} {name}");
    }

    private static long Rounded(TemplateRun run, long number, int zeros)
    {
        BigInteger unit = BigInteger.Pow(10, zeros), quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(unit);
        BigInteger rounded = (half > 0 || half == 0 && !quotient.IsEven ? quotient + 1 : quotient) * unit * Math.Sign(number);
        return rounded >= long.MinValue && rounded <= long.MaxValue
            ? (long)rounded
            : throw run.Fail("The number is too large.", "an integer of at most 63 bits");
    }

    private static string Stripped(TemplateRun run, Value input)
    {
        string text = Texts.Strip(run, Conversions.Print(run, input), null, TextEnds.Both).Text;
        run.Spend(32 + 4L * text.Length);
        run.Make(4L * text.Length);
        return text;
    }

    private static double? Parse(string text)
    {
        string digits = WithoutSeparators(text);
        bool isNumber = double.TryParse(digits, Real, CultureInfo.InvariantCulture, out double real) && !digits.AsSpan().ContainsAny("∞");
        return isNumber ? real : text.ToLowerInvariant().TrimStart('+') switch
        {
            "inf" or "infinity" => double.PositiveInfinity,
            "-inf" or "-infinity" => double.NegativeInfinity,
            "nan" or "-nan" => double.NaN,
            _ => null,
        };
    }

    private static long? Integer(TemplateRun run, string text, long numberBase)
    {
        if (numberBase is not (0 or (>= 2 and <= 36)))
        {
            throw run.Fail($"The argument base is {numberBase}.", "0, or 2 to 36");
        }
        string digits = text.TrimStart('+', '-');
        bool negative = text.StartsWith('-');
        if (text.Length - digits.Length > 1)
        {
            return null;
        }
        int prefix = digits.Length > 1 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefix != 0 && (numberBase == 0 || numberBase == prefix))
        {
            digits = digits[2..].StartsWith('_') ? digits[3..] : digits[2..];
            numberBase = prefix;
        }
        else if (numberBase == 0)
        {
            // In Python, zeros before another digit are the octal numbers of old, and refused.
            if (digits.StartsWith('0') && digits.AsSpan().ContainsAnyInRange('1', '9'))
            {
                return null;
            }
            numberBase = 10;
        }
        digits = WithoutSeparators(digits);
        Int128 number = 0;
        foreach (char digit in digits)
        {
            int value = char.IsAsciiDigit(digit) ? digit - '0' : char.IsAsciiLetter(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : 99;
            if (value >= numberBase || number > long.MaxValue)
            {
                return null;
            }
            number = number * numberBase + value;
        }
        number = negative ? -number : number;
        return digits.Length > 0 && number >= long.MinValue && number <= long.MaxValue ? (long)number : null;
    }

    // Python lets single underscores stand between digits.
    private static string WithoutSeparators(string text)
    {
        for (int i = text.IndexOf('_'); i >= 0; i = text.IndexOf('_', i + 1))
        {
            if (i == 0 || i == text.Length - 1 || !char.IsAsciiLetterOrDigit(text[i - 1]) || !char.IsAsciiLetterOrDigit(text[i + 1]))
            {
                return "";
            }
        }
        return text.Replace("_", "");
    }
}
