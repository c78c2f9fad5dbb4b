using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DecoupleQ.Evaluation.Texts;

/// <summary>A number as a text writes it.</summary>
/// <param name="Value">As written: 45 of 45 %.</param>
/// <param name="IsPercent">Whether it is followed by a percent sign or the word.</param>
/// <param name="Start">Where it stands in the folded text.</param>
/// <param name="Length">How many characters of it.</param>
internal readonly partial record struct WrittenNumber(double Value, bool IsPercent, int Start, int Length)
{
    private const string Myriads = "\u4e07\u5104\u5146";

    /// <summary>
    /// The numbers of a text in order: digits with a decimal point, with or without commas between groups of three, a sign, an exponent, a percent sign. A
    /// single comma that no group of three follows is a decimal one, as much of Europe writes it: 3,14, but not 1,234, nor in lists such as 1,2,3. Behind
    /// digits 万, 億 and 兆 are 10^4, 10^8 and 10^12, and what follows at once in a smaller unit is added: 1億2000万, 5万300. Those that are part of a word, as in
    /// H2O, are none; units may follow.
    /// </summary>
    /// <param name="text">The text, folded.</param>
    public static IEnumerable<WrittenNumber> In(string text)
    {
        // A part of a number in 万 and the like that others may follow, and the unit of its last part.
        WrittenNumber? open = null;
        double unit = 0;
        foreach (Match match in Number().Matches(text))
        {
            Group digits = match.Groups["digits"];
            if (digits.Index > 0 && IsWithinWord(text, digits.Index))
            {
                continue;
            }
            double value = double.Parse(Plain(digits.Value) + match.Groups["exponent"].Value, NumberStyles.Float, CultureInfo.InvariantCulture);
            int power = match.Groups["myriad"] is { Success: true, Value: var character }
                ? 4 * (Myriads.IndexOf(character[0], StringComparison.Ordinal) + 1)
                : 0;
            double own = Math.Pow(10, power);
            value *= own;
            if (!double.IsFinite(value))
            {
                continue;
            }
            bool isNegative = match.Groups["sign"].Value is "-" or "\u2212";
            WrittenNumber number = new(isNegative ? -value : value, match.Groups["percent"].Success, match.Index, match.Length);
            if (open is WrittenNumber before && before.Start + before.Length == match.Index && value < unit)
            {
                number = new(before.Value + (before.Value < 0 ? -value : value), number.IsPercent, before.Start, before.Length + match.Length);
            }
            else if (open is WrittenNumber whole)
            {
                yield return whole;
            }
            if (power > 0)
            {
                (open, unit) = (number, own);
                continue;
            }
            open = null;
            yield return number;
        }
        if (open is WrittenNumber last)
        {
            yield return last;
        }
    }

    // Commas between groups of three go, a decimal one becomes a point.
    private static string Plain(string digits)
    {
        int comma = digits.IndexOf(',', StringComparison.Ordinal);
        bool isDecimal = comma >= 0 && DecimalComma().IsMatch(digits);
        return isDecimal ? digits.Replace(',', '.') : digits.Replace(",", "", StringComparison.Ordinal);
    }

    /// <summary>The number that a text is, but for blanks and the sign of a currency; null if it is none.</summary>
    public static WrittenNumber? Of(string text)
    {
        string folded = FoldedText.Of(text);
        WrittenNumber[] numbers = [.. In(folded)];
        return numbers.Length == 1 && folded.Remove(numbers[0].Start, numbers[0].Length).All(IsCurrency) ? numbers[0] : null;
    }

    /// <summary>
    /// Whether this is another number, but for a relative difference: as they are written, or, where one of them alone is a percentage, as a share of 1.
    /// </summary>
    /// <param name="expected">The other.</param>
    /// <param name="tolerance">The most that they may differ by, as a share of the other; of 0, the most itself.</param>
    public bool IsWithin(WrittenNumber expected, double tolerance) =>
        IsWithin(Value, expected.Value, tolerance)
        || (IsPercent != expected.IsPercent && IsWithin(Share, expected.Share, tolerance));

    /// <summary>The value as text that does not depend on how it was written.</summary>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture) + (IsPercent ? "%" : "");

    private double Share => IsPercent ? Value / 100 : Value;

    private static bool IsWithin(double value, double expected, double tolerance) =>
        Math.Abs(value - expected) <= (expected == 0 ? tolerance : tolerance * Math.Abs(expected));

    private static bool IsCurrency(char character) => character == ' ' || char.GetUnicodeCategory(character) == UnicodeCategory.CurrencySymbol;

    // A letter of a script with blanks, a digit or an underscore before it makes it a part of a word.
    private static bool IsWithinWord(string text, int at) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune before, out _) == OperationStatus.Done
        && (before.Value == '_' || Scripts.IsLetterOrDigit(before))
        && !Words.IsBoundary(text, at);

    [GeneratedRegex(
        @"(?:(?<![\p{L}\p{Nd}_.,)\]-[\p{IsHiragana}\p{IsKatakana}\p{IsCJKUnifiedIdeographs}\p{IsHangulSyllables}]])(?<sign>[-+\u2212]))?\p{Sc}?"
            + @"(?<digits>(?<![0-9][,.])[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})(?![0-9]|[,.][0-9])|(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
            + @"|(?<![0-9])\.[0-9]+)"
            + @"(?<exponent>[eE][-+]?[0-9]{1,3}(?![\p{L}\p{Nd}]))?(?<myriad>[\u4e07\u5104\u5146])?"
            + @"(?<percent> ?(?:%|percent(?!\p{L})|per cent(?!\p{L})|\u30d1\u30fc\u30bb\u30f3\u30c8))?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex("^[0-9]+,([0-9]{1,2}|[0-9]{4,})$", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma();
}
