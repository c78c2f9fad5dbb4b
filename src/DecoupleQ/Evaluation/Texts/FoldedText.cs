using System.Buffers;
using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Evaluation.Texts;

/// <summary>A text as it is compared with others: how it was typed makes no difference.</summary>
internal static class FoldedText
{
    /// <summary>Composed characters, ASCII characters of full width as ASCII, and each run of white space as one blank; none at the ends.</summary>
    public static string Of(string text)
    {
        var composed = new ArrayBufferWriter<byte>(text.Length + 1);
        CanonicalNormalization.AppendFormC(Encoding.UTF8.GetBytes(text), composed);
        var folded = new StringBuilder(text.Length);
        bool blank = false;
        foreach (char character in Encoding.UTF8.GetString(composed.WrittenSpan))
        {
            // U+FF01 to U+FF5E are those from ! to ~ as wide as Han.
            char narrow = character is >= '\uFF01' and <= '\uFF5E' ? (char)(character - 0xFEE0) : character;
            if (char.IsWhiteSpace(narrow))
            {
                blank = folded.Length > 0;
                continue;
            }
            if (blank)
            {
                folded.Append(' ');
                blank = false;
            }
            folded.Append(narrow);
        }
        return folded.ToString();
    }

    /// <summary>As <see cref="Of"/>, without the difference of cases.</summary>
    // By way of upper case, as some letters have two lower ones.
    public static string WithoutCase(string text) => Of(text).ToUpperInvariant().ToLowerInvariant();
}
