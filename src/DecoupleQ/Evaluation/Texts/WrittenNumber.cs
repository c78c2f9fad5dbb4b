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
    /// <summary>
    /// The numbers of a text in order: digits with a decimal point, with or without commas between groups of three, a sign, an exponent, a percent sign.
    /// Those that are part of a word, as in H2O, are none; units may follow.
    /// </summary>
    /// <param name="text">The text, folded.</param>
    public static IEnumerable<WrittenNumber> In(string text)
    {
        foreach (Match match in Number().Matches(text))
        {
            Group digits = match.Groups["digits"];
            if (digits.Index > 0 && IsWithinWord(text, digits.Index))
            {
                continue;
            }
            string written = digits.Value.Replace(",", "", StringComparison.Ordinal) + match.Groups["exponent"].Value;
            double value = double.Parse(written, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (double.IsFinite(value))
            {
                bool isNegative = match.Groups["sign"].Value is "-" or "\u2212";
                yield return new(isNegative ? -value : value, match.Groups["percent"].Success, match.Index, match.Length);
            }
        }
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
            + @"(?<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+)"
            + @"(?<exponent>[eE][-+]?[0-9]{1,3}(?![\p{L}\p{Nd}]))?(?<percent> ?(?:%|percent(?!\p{L})|per cent(?!\p{L})|\u30d1\u30fc\u30bb\u30f3\u30c8))?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
