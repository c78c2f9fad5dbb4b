using System.Globalization;

namespace DecoupleQ.Tokenization.Unicode;

/// <summary>Classes of code points by Unicode property, over all planes.</summary>
/// <remarks>General categories are the runtime's (Unicode 16.0 in .NET 10), which are those of the regular expression library that the
/// published tokenizers are run with; the other classes are defined on them as in UTS #18, annex C.</remarks>
internal static class CharacterClasses
{
    private static readonly Lazy<Dictionary<string, CodePointSet>> Categories = new(FindCategories);

    /// <summary><c>White_Space</c>: <c>\s</c>.</summary>
    public static CodePointSet WhiteSpace { get; } = CodePointSet.Of([(0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0),
        (0x1680, 0x1680), (0x2000, 0x200A),
        (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    /// <summary>The general category of that short or long name (<c>L</c>, <c>Lu</c>, <c>Letter</c>), or null if there is none.</summary>
    public static CodePointSet? Category(string name) => Categories.Value.GetValueOrDefault(LongNames.GetValueOrDefault(name, name));

    /// <summary>
    /// The word characters of UTS #18: letters, marks, decimal digits, letter numbers, connector punctuation, circled and squared letters, joiners.
    /// </summary>
    public static CodePointSet Word() => WordWithoutJoiners().Union(CodePointSet.Of(0x200C, 0x200D));

    /// <summary><c>\w</c> in a pattern: Oniguruma leaves the joiners out and has the Latin-1 superscripts and fractions in.</summary>
    public static CodePointSet PatternWord() => PatternWords.Value;

    private static readonly Lazy<CodePointSet> PatternWords = new(
        () => WordWithoutJoiners().Union(CodePointSet.Of([(0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE)])));

    private static CodePointSet WordWithoutJoiners() =>
        Category("L")!.Union(Category("M")!).Union(Category("Nd")!).Union(Category("Nl")!).Union(Category("Pc")!)
        .Union(CodePointSet.Of([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]));

    private static Dictionary<string, string> LongNames { get; } = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L", ["Mark"] = "M", ["Number"] = "N", ["Punctuation"] = "P", ["Symbol"] = "S", ["Separator"] = "Z",
    };

    private static Dictionary<string, CodePointSet> FindCategories()
    {
        var ranges = new Dictionary<string, List<(int, int)>>(StringComparer.Ordinal);
        int start = 0;
        for (int c = 1; c <= 0x110000; c++)
        {
            if (c == 0x110000 || CharUnicodeInfo.GetUnicodeCategory(c) != CharUnicodeInfo.GetUnicodeCategory(start))
            {
                string name = ShortName(CharUnicodeInfo.GetUnicodeCategory(start));
                foreach (string key in (string[])[name, name[..1]])
                {
                    if (!ranges.TryGetValue(key, out List<(int, int)>? list))
                    {
                        ranges[key] = list = [];
                    }
                    list.Add((start, c - 1));
                }
                start = c;
            }
        }
        return ranges.ToDictionary(pair => pair.Key, pair => CodePointSet.Of(pair.Value), StringComparer.Ordinal);
    }

    private static string ShortName(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        _ => "Cn",
    };
}
