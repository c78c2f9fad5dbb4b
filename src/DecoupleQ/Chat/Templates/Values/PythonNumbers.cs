using System.Globalization;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>Numbers as Python writes and divides them.</summary>
internal static class PythonNumbers
{
    /// <summary>The shortest text that reads back as the number: with a point, or with an exponent from 1e16 and below 1e-4.</summary>
    public static string Text(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        // As many digits as the library's shortest text has that count; written with one before the point, and an exponent.
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        int mark = shortest.IndexOf('E');
        int digits = (mark < 0 ? shortest : shortest[..mark]).TrimStart('-').Replace(".", "").Trim('0').Length;
        string text = number.ToString("E" + Math.Max(0, digits - 1), CultureInfo.InvariantCulture);
        int e = text.IndexOf('E');
        int exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
        {
            return text[..e] + "e" + (exponent < 0 ? '-' : '+') + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
        }
        string sign = text[0] == '-' ? "-" : "";
        string all = text[..e].TrimStart('-').Replace(".", "");
        if (exponent < 0)
        {
            return sign + "0." + new string('0', -exponent - 1) + all;
        }
        string whole = all.PadRight(exponent + 1, '0');
        return sign + whole[..(exponent + 1)] + "." + (whole.Length > exponent + 1 ? whole[(exponent + 1)..] : "0");
    }

    /// <summary>The quotient rounded down.</summary>
    public static long FloorDivide(long left, long right)
    {
        long quotient = checked(left / right);
        return left % right != 0 && left < 0 != right < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The remainder with the divisor's sign.</summary>
    public static long Modulo(long left, long right)
    {
        long remainder = right == -1 ? 0 : left % right;
        return remainder != 0 && remainder < 0 != right < 0 ? remainder + right : remainder;
    }

    /// <summary>The remainder with the divisor's sign.</summary>
    public static double Modulo(double left, double right)
    {
        double remainder = left % right;
        return remainder != 0 && remainder < 0 != right < 0 ? remainder + right : remainder;
    }
}
