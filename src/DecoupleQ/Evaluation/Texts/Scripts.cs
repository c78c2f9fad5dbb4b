using System.Globalization;
using System.Text;

namespace DecoupleQ.Evaluation.Texts;

/// <summary>What kind of character a word is made of: not every script puts blanks between words.</summary>
internal static class Scripts
{
    private static readonly (int First, int Last)[] WithoutBlanks =
    [
        (0x0E00, 0x0EFF), // Thai, Lao
        (0x0F00, 0x0FFF), // Tibetan
        (0x1000, 0x109F), // Myanmar
        (0x1780, 0x17FF), // Khmer
        (0x3005, 0x3007), // iteration mark, closing mark, zero of Han
        (0x3041, 0x309F), // hiragana
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF), // Han
    ];

    private static readonly (int First, int Last)[] Katakana = [(0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)];

    private static readonly (int First, int Last)[] Hangul = [(0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)];

    /// <summary>Whether it is a letter, a mark or a digit.</summary>
    public static bool IsLetterOrDigit(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
        or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber;

    /// <summary>Whether it combines with the character before it.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark;

    /// <summary>Whether it is katakana, the mark of a long vowel included.</summary>
    public static bool IsKatakana(Rune rune) => IsIn(rune, Katakana);

    /// <summary>Whether it is Han.</summary>
    public static bool IsHan(Rune rune) => rune.Value is >= 0x3005 and <= 0x3007 || (rune.Value >= 0x3400 && IsIn(rune, WithoutBlanks));

    /// <summary>Whether its script is written without blanks between words: Han, kana, Thai, Lao, Tibetan, Burmese, Khmer.</summary>
    public static bool HasNoBlanks(Rune rune) => IsIn(rune, WithoutBlanks) || IsKatakana(rune);

    /// <summary>Whether words cannot be told apart by looking at it alone: of those without blanks all but katakana, and Hangul, whose particles follow a word
    /// without a blank.</summary>
    public static bool MayEndAnywhere(Rune rune) => IsIn(rune, WithoutBlanks) || IsIn(rune, Hangul);

    private static bool IsIn(Rune rune, (int First, int Last)[] ranges)
    {
        foreach ((int first, int last) in ranges)
        {
            if (rune.Value >= first && rune.Value <= last)
            {
                return true;
            }
        }
        return false;
    }
}
