using System.Buffers;
using System.Text;

namespace DecoupleQ.Evaluation.Texts;

/// <summary>Words of a text, and where they end.</summary>
internal static class Words
{
    /// <summary>Whether a text holds another as whole words.</summary>
    /// <param name="text">The text, folded.</param>
    /// <param name="words">What is looked for, folded; not empty.</param>
    public static bool Contain(string text, string words)
    {
        for (int at = text.IndexOf(words, StringComparison.Ordinal); at >= 0; at = text.IndexOf(words, at + 1, StringComparison.Ordinal))
        {
            if (IsBoundary(text, at) && IsBoundary(text, at + words.Length))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// Whether a word may end or begin at a place of a text. Within a run of letters, marks, digits and underscores none does, nor at a point or a comma
    /// between two digits; but between characters of scripts without blanks, and of Hangul, one may do so anywhere. Katakana are words as long as they go on.
    /// </summary>
    public static bool IsBoundary(string text, int at)
    {
        if (at <= 0 || at >= text.Length)
        {
            return true;
        }
        if (Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune before, out _) != OperationStatus.Done
            || Rune.DecodeFromUtf16(text.AsSpan(at), out Rune after, out _) != OperationStatus.Done)
        {
            // Within a surrogate pair, or beside half of one.
            return !(char.IsHighSurrogate(text[at - 1]) && char.IsLowSurrogate(text[at]));
        }
        if (Scripts.IsMark(after))
        {
            return false;
        }
        if (IsPart(before) && IsPart(after))
        {
            return Scripts.MayEndAnywhere(before) || Scripts.MayEndAnywhere(after) || Scripts.IsKatakana(before) != Scripts.IsKatakana(after);
        }
        // The separators within a number.
        return !(IsSeparator(text, at) || IsSeparator(text, at - 1));
    }

    /// <summary>
    /// The words of a text that is compared word by word: runs of letters, marks and digits, and each character of a script without blanks by itself. Of ASCII
    /// text they are those of the package rouge_score without its stemmer.
    /// </summary>
    /// <param name="text">The text, folded and without case.</param>
    public static List<string> Of(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isPart = Scripts.IsLetterOrDigit(rune);
            bool alone = Scripts.HasNoBlanks(rune) && !Scripts.IsMark(rune);
            // A mark belongs to the character before it, whatever that is.
            if (word.Length > 0 && (!isPart || alone || EndsAlone(word) && !Scripts.IsMark(rune)))
            {
                words.Add(word.ToString());
                word.Clear();
            }
            if (isPart)
            {
                word.Append(rune.ToString());
            }
        }
        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }
        return words;
    }

    private static bool EndsAlone(StringBuilder word)
    {
        string text = word.ToString();
        return Rune.DecodeFromUtf16(text, out Rune first, out _) == OperationStatus.Done && Scripts.HasNoBlanks(first);
    }

    private static bool IsPart(Rune rune) => rune.Value == '_' || Scripts.IsLetterOrDigit(rune);

    private static bool IsSeparator(string text, int at) =>
        text[at] is '.' or ',' && at > 0 && at + 1 < text.Length && char.IsDigit(text[at - 1]) && char.IsDigit(text[at + 1]);
}
