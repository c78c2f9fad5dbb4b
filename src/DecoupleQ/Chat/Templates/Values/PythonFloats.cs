using System.Globalization;
using System.Numerics;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>Floating-point numbers with a number of digits, rounded as Python does: exactly, ties to the even digit.</summary>
internal static class PythonFloats
{
    // A double has at most so many digits behind its point, and so many that count.
    private const int MostFraction = 1074;
    private const int MostSignificant = 767;

    /// <summary><c>round(number, digits)</c>; digits below 0 round before the point.</summary>
    public static double Round(double number, int digits)
    {
        // A double has at most 1074 digits after the point, and below 10^-323 nothing but 0 is left.
        if (!double.IsFinite(number) || digits > 1074)
        {
            return number;
        }
        if (digits < -330)
        {
            return Math.CopySign(0, number);
        }
        BigInteger scaled = Scaled(Math.Abs(number), digits);
        return Math.CopySign(double.Parse($"{scaled}e{-digits}", NumberStyles.Float, CultureInfo.InvariantCulture), number);
    }

    /// <summary><c>f</c>: all digits before the point, and so many after it. Without a sign.</summary>
    public static string Fixed(double number, int digits)
    {
        if (Special(number) is string special)
        {
            return special;
        }
        // Beyond its last digit there are only zeros.
        int more = Math.Max(0, digits - MostFraction);
        string all = Scaled(Math.Abs(number), digits - more).ToString(CultureInfo.InvariantCulture).PadLeft(digits - more + 1, '0') + new string('0', more);
        return digits == 0 ? all : all[..^digits] + "." + all[^digits..];
    }

    /// <summary><c>e</c>: one digit, so many after the point, and an exponent. Without a sign.</summary>
    public static string Exponential(double number, int digits)
    {
        if (Special(number) is string special)
        {
            return special;
        }
        (string all, int exponent) = Significant(Math.Abs(number), digits + 1);
        return all[..1] + (digits == 0 ? "" : "." + all[1..]) + Exponent(exponent);
    }

    /// <summary><c>g</c>: so many digits that count, fixed or with an exponent, whichever is shorter. Without a sign.</summary>
    /// <param name="number">The number.</param>
    /// <param name="digits">Digits that count; 0 is 1.</param>
    /// <param name="keepsZeros">Whether zeros at the end stay.</param>
    /// <param name="keepsPoint">Whether there is always a digit behind a point where there is no exponent, as in <c>str</c>.</param>
    public static string General(double number, int digits, bool keepsZeros, bool keepsPoint = false)
    {
        if (Special(number) is string special)
        {
            return special;
        }
        digits = Math.Max(digits, 1);
        (string all, int exponent) = Significant(Math.Abs(number), digits);
        bool isFixed = exponent >= -4 && exponent < (keepsPoint ? Math.Max(digits - 1, 1) : digits);
        int whole = isFixed ? exponent + 1 : 1;
        all = whole <= 0 ? new string('0', 1 - whole) + all : all.PadRight(whole, '0');
        whole = Math.Max(whole, 1);
        string fraction = keepsZeros ? all[whole..] : all[whole..].TrimEnd('0');
        if (fraction.Length == 0 && keepsPoint && isFixed)
        {
            fraction = "0";
        }
        return all[..whole] + (fraction.Length > 0 || keepsZeros ? "." : "") + fraction + (isFixed ? "" : Exponent(exponent));
    }

    private static string? Special(double number) => double.IsNaN(number) ? "nan" : double.IsInfinity(number) ? "inf" : null;

    private static string Exponent(int exponent) => (exponent < 0 ? "e-" : "e+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);

    /// <summary>So many digits, rounded, and the power of ten of the first.</summary>
    private static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0)
        {
            return (new string('0', count), 0);
        }
        if (count > MostSignificant)
        {
            (string known, int power) = Significant(number, MostSignificant);
            return (known.PadRight(count, '0'), power);
        }
        int exponent = (int)Math.Floor(Math.Log10(number));
        // The logarithm may be one off, and rounding may carry into one more digit.
        while (true)
        {
            string digits = Scaled(number, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
            {
                return (digits, exponent);
            }
            exponent += digits.Length < count || digits == "0" ? -1 : 1;
        }
    }

    /// <summary>The number times a power of ten, rounded to an integer.</summary>
    private static BigInteger Scaled(double number, int power)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)(bits >> 52) & 0x7FF;
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52), denominator = BigInteger.One;
        exponent = Math.Max(exponent, 1) - 1075;
        if (exponent >= 0)
        {
            numerator <<= exponent;
        }
        else
        {
            denominator <<= -exponent;
        }
        if (power >= 0)
        {
            numerator *= BigInteger.Pow(10, power);
        }
        else
        {
            denominator *= BigInteger.Pow(10, -power);
        }
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(denominator);
        return half > 0 || half == 0 && !quotient.IsEven ? quotient + 1 : quotient;
    }
}
