using System.Globalization;
using System.Text;

namespace DecoupleQ.Pilot.Costs;

/// <summary>A currency: an ISO 4217 code such as EUR, or a symbol as people write it, such as ¥, US$, zł or 円.</summary>
public static class CurrencyName
{
    private const int Longest = 8;

    /// <summary>How one is written, in words that go on from "expected: ".</summary>
    public static string Expected => "an ISO code such as EUR, or a symbol such as ¥, of at most 8 letters, marks of currencies and points";

    /// <summary>A text that names a currency; no rates are known, so that it only stands beside figures.</summary>
    /// <exception cref="DecoupleQException">It is no such text.</exception>
    public static string Require(string text, string option = "currency")
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isOne = text.Length is > 0 and <= Longest && text.EnumerateRunes().All(MayBeIn) && text.EnumerateRunes().Any(Names);
        return isOne ? text : throw new DecoupleQException($"'{text}' is no currency.", field: option, expected: Expected);
    }

    // A lone surrogate is enumerated as the replacement character, which is neither.
    private static bool MayBeIn(Rune rune) => Names(rune) || rune.Value == '.' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark;

    private static bool Names(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.CurrencySymbol;
}
