using System.Globalization;
using System.Text;

namespace DecoupleQ.Pilot.Slices;

/// <summary>Which slices a text is in.</summary>
public static class TextTraits
{
    /// <summary>A text with the trait of a slice, or without it.</summary>
    public const string Yes = "yes", No = "no";

    // The last length of each range, in Unicode characters.
    private static readonly int[] Lengths = [63, 255, 1023, 4095, 16_383];

    /// <summary>The slices of a text: one of each kind, and one a tag.</summary>
    /// <param name="source">The file that it is from; null for none that is known.</param>
    /// <param name="text">The text.</param>
    /// <param name="tags">Its tags; one that is there twice counts once.</param>
    public static IReadOnlyList<SliceName> Of(string? source, string text, IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tags);
        List<SliceName> slices =
        [
            new(SliceKind.Length, LengthOf(text)),
            new(SliceKind.Language, TextLanguage.Of(text)),
            new(SliceKind.Digits, text.EnumerateRunes().Any(Rune.IsDigit) ? Yes : No),
            new(SliceKind.Code, CodeLook.Of(text) ? Yes : No),
            .. tags.Distinct(StringComparer.Ordinal).Select(tag => new SliceName(SliceKind.Tag, tag)),
        ];
        if (source is not null)
        {
            slices.Insert(0, new SliceName(SliceKind.Source, source));
        }
        return slices;
    }

    /// <summary>The range that a text's length lies in, such as <c>64-255</c>, in Unicode characters; each range goes to four times the one before.</summary>
    public static string LengthOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int length = text.EnumerateRunes().Count(), range = Array.FindIndex(Lengths, last => length <= last);
        int first = range < 0 ? Lengths[^1] + 1 : range == 0 ? 0 : Lengths[range - 1] + 1;
        return range < 0
            ? string.Create(CultureInfo.InvariantCulture, $"{first}+")
            : string.Create(CultureInfo.InvariantCulture, $"{first}-{Lengths[range]}");
    }
}
