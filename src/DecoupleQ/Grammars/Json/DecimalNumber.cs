using System.Globalization;
using System.Numerics;

namespace DecoupleQ.Grammars.Json;

/// <summary>A number as JSON writes it, exactly: <paramref name="Digits"/> / 10^<paramref name="Scale"/>.</summary>
/// <param name="Digits">A whole number that does not end in 0, unless the scale is 0.</param>
/// <param name="Scale">From 0.</param>
internal readonly record struct DecimalNumber(BigInteger Digits, int Scale)
{
    private const int MostDigits = 330;

    /// <summary>Reads a number.</summary>
    /// <param name="text">As RFC 8259 has it.</param>
    /// <returns>The number; null for one with hundreds of digits.</returns>
    public static DecimalNumber? Parse(string text)
    {
        int exponentAt = text.IndexOfAny(['e', 'E']), exponent = 0;
        string mantissa = exponentAt < 0 ? text : text[..exponentAt];
        if (exponentAt >= 0 && !int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
            || mantissa.Length > MostDigits || exponent is < -MostDigits or > MostDigits)
        {
            return null;
        }
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int scale = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        BigInteger digits = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (scale < 0)
        {
            (digits, scale) = (digits * BigInteger.Pow(10, -scale), 0);
        }
        while (scale > 0 && digits % 10 == 0)
        {
            (digits, scale) = (digits / 10, scale - 1);
        }
        return new(digits, scale);
    }

    public bool IsWhole => Scale == 0;

    public int Sign => Digits.Sign;

    public int CompareTo(DecimalNumber other)
    {
        int common = Math.Max(Scale, other.Scale);
        return ScaledTo(common).CompareTo(other.ScaledTo(common));
    }

    /// <summary>The number times 10^<paramref name="scale"/>, which is whole.</summary>
    public BigInteger ScaledTo(int scale) => Digits * BigInteger.Pow(10, scale - Scale);

    public DecimalNumber Negated() => new(-Digits, Scale);

    /// <summary>The digits before the point, without leading zeros but one.</summary>
    public string WholeDigits => BigInteger.Divide(BigInteger.Abs(Digits), BigInteger.Pow(10, Scale)).ToString(CultureInfo.InvariantCulture);

    /// <summary>The digits behind the point.</summary>
    public string FractionDigits => Scale == 0
        ? ""
        : BigInteger.Remainder(BigInteger.Abs(Digits), BigInteger.Pow(10, Scale)).ToString(CultureInfo.InvariantCulture).PadLeft(Scale, '0');
}
