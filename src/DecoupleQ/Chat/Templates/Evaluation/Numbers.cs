using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>A number of either kind.</summary>
/// <param name="Integer">Its value, if it is an integer.</param>
/// <param name="Real">Its value as floating point.</param>
internal readonly record struct Number(long? Integer, double Real)
{
    /// <summary>Below 0, 0 or above 0; a NaN is above everything, itself included, so that no comparison with it holds but one.</summary>
    public int CompareTo(Number other)
    {
        if (Integer is long a && other.Integer is long b)
        {
            return a.CompareTo(b);
        }
        return Real < other.Real ? -1 : Real == other.Real ? 0 : 1;
    }
}

/// <summary>Arithmetic.</summary>
internal static class Numbers
{
    /// <summary>The number that a value is, booleans included; null if it is none.</summary>
    public static Number? Of(Value value) => value switch
    {
        IntegerValue integer => new Number(integer.Number, integer.Number),
        FloatValue real => new Number(null, real.Number),
        BooleanValue boolean => new Number(boolean.IsTrue ? 1 : 0, boolean.IsTrue ? 1 : 0),
        _ => null,
    };

    /// <summary><paramref name="left"/> <c>+ - * / // % **</c> <paramref name="right"/>.</summary>
    /// <exception cref="DecoupleQException">The divisor is 0, or the result does not fit 64 bits.</exception>
    public static Value Calculate(TemplateRun run, string operation, Number left, Number right)
    {
        if (operation is "/" or "//" or "%" && right.Real == 0)
        {
            throw run.Fail("A number is divided by zero.", "a divisor that is not 0");
        }
        try
        {
            return left.Integer is long a && right.Integer is long b && operation != "/" && !(operation == "**" && b < 0)
                ? new IntegerValue(Calculate(operation, a, b))
                : new FloatValue(Calculate(operation, left.Real, right.Real));
        }
        catch (OverflowException error)
        {
            throw run.Fail($"The number is too large: {error.Message}", "an integer of at most 63 bits");
        }
    }

    private static long Calculate(string operation, long left, long right) => checked(operation switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "//" => PythonNumbers.FloorDivide(left, right),
        "%" => PythonNumbers.Modulo(left, right),
        _ => Power(left, right),
    });

    private static double Calculate(string operation, double left, double right) => operation switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "//" => Math.Floor((left - PythonNumbers.Modulo(left, right)) / right),
        "%" => PythonNumbers.Modulo(left, right),
        _ => Math.Pow(left, right),
    };

    private static long Power(long number, long exponent)
    {
        long power = 1;
        // Powers of these stay small, so that the exponent may be anything; of others they soon overflow.
        if (number is 0 or 1 or -1)
        {
            return exponent == 0 ? 1 : number == -1 && exponent % 2 == 0 ? 1 : number;
        }
        for (; exponent > 0; exponent--)
        {
            power = checked(power * number);
        }
        return power;
    }
}
