using System.Globalization;
using System.Text;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>What Python's texts can be asked of their characters.</summary>
internal static class PythonCharacters
{
    // Characters with a case that are no letters of that category: ordinal indicators, modifiers, Roman numerals, letters in circles.
    private static readonly (int First, int Last)[] OtherLower =
    [
        (0xAA, 0xAA), (0xBA, 0xBA), (0x2B0, 0x2B8), (0x2C0, 0x2C1), (0x2E0, 0x2E4), (0x345, 0x345), (0x37A, 0x37A), (0x1D2C, 0x1D6A), (0x1D78, 0x1D78),
        (0x1D9B, 0x1DBF), (0x2071, 0x2071), (0x207F, 0x207F), (0x2090, 0x209C), (0x2170, 0x217F), (0x24D0, 0x24E9), (0x2C7C, 0x2C7D), (0xA69C, 0xA69D),
        (0xA770, 0xA770), (0xA7F8, 0xA7F9), (0xAB5C, 0xAB5F),
    ];

    private static readonly (int First, int Last)[] OtherUpper =
        [(0x2160, 0x216F), (0x24B6, 0x24CF), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)];

    public static bool IsAlphabetic(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(Rune rune) => CharUnicodeInfo.GetDecimalDigitValue(rune.ToString(), 0) >= 0;

    public static bool IsDigit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;

    public static bool IsNumeric(Rune rune) => CharUnicodeInfo.GetNumericValue(rune.ToString(), 0) != -1;

    public static bool IsAlphanumeric(Rune rune) => IsAlphabetic(rune) || IsDecimal(rune) || IsDigit(rune) || IsNumeric(rune);

    /// <summary>Whether a character is one of a word, <c>\w</c> in a regular expression.</summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || IsAlphanumeric(rune);

    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>Whether a text has letters with a case, and all of them are small.</summary>
    public static bool IsLower(string text) => HasOnly(text, IsLower, rune => IsUpper(rune) || IsTitle(rune));

    /// <summary>Whether a text has letters with a case, and all of them are capitals.</summary>
    public static bool IsUpper(string text) => HasOnly(text, IsUpper, rune => IsLower(rune) || IsTitle(rune));

    /// <summary>Whether capitals begin runs of letters with a case, and only they do.</summary>
    public static bool IsTitle(string text)
    {
        bool inside = false, any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsUpper(rune) || IsTitle(rune))
            {
                if (inside)
                {
                    return false;
                }
                (inside, any) = (true, true);
            }
            else if (IsLower(rune))
            {
                if (!inside)
                {
                    return false;
                }
            }
            else
            {
                inside = false;
            }
        }
        return any;
    }

    /// <summary>Whether a text could be a name in Python.</summary>
    public static bool IsIdentifier(string text)
    {
        bool first = true;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool begins = rune.Value == '_' || IsAlphabetic(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;
            if (!begins && (first || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation)))
            {
                return false;
            }
            first = false;
        }
        return !first;
    }

    public static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter || Lies(rune, OtherLower);

    public static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter || Lies(rune, OtherUpper);

    private static bool IsTitle(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static bool HasOnly(string text, Predicate<Rune> wanted, Predicate<Rune> unwanted)
    {
        bool any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (unwanted(rune))
            {
                return false;
            }
            any |= wanted(rune);
        }
        return any;
    }

    private static bool Lies(Rune rune, (int First, int Last)[] ranges) => Array.Exists(ranges, range => rune.Value >= range.First && rune.Value <= range.Last);
}
