using System.Text.RegularExpressions;

namespace DecoupleQ.Evaluation.Differences;

/// <summary>Words of English and Japanese that turn a statement into its opposite.</summary>
internal static partial class NegationWords
{
    // All forms of one auxiliary are one: what counts is whether there is one.
    private const string English = "not", Japanese = "ない";

    /// <summary>The negations of a text in the order in which they occur: English words in lower case, n't as not; Japanese auxiliaries as one form.</summary>
    /// <param name="text">The text, folded.</param>
    public static List<string> In(string text)
    {
        var found = new List<(int At, string Word)>();
        foreach (Match match in EnglishWord().Matches(text))
        {
            string word = match.Value.ToLowerInvariant();
            found.Add((match.Index, word.EndsWith("t", StringComparison.Ordinal) && word is not "without" ? English : word));
        }
        foreach (Match match in JapaneseForm().Matches(text))
        {
            found.Add((match.Index, Japanese));
        }
        foreach (Match match in JapanesePrefix().Matches(text))
        {
            found.Add((match.Index, match.Value));
        }
        return [.. found.OrderBy(item => item.At).Select(item => item.Word)];
    }

    // With the straight apostrophe and the curved one.
    [GeneratedRegex(
        @"(?<![\p{L}\p{Nd}_])(?:not|cannot|no|never|none|nobody|nothing|neither|nor|nowhere|without)(?![\p{L}\p{Nd}_])|(?<=\p{L})n['\u2019]t(?!\p{L})",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EnglishWord();

    // Forms of the auxiliaries ない, ません and ず and of the adjective 無い. Adjectives that only end alike (少ない, 危ない, 汚ない, 切ない) are left out, and so are
    // adverbs that do (必ず, まず, 先ず).
    [GeneratedRegex(
        "(?<![少危汚切])な(?:い|かった|けれ|く)|ません|無(?:い|く|かった)|いいえ|(?<![必ま先])ず(?=[、。に]|$)",
        RegexOptions.CultureInvariant)]
    private static partial Regex JapaneseForm();

    // Before Han, but for words in which they negate nothing.
    [GeneratedRegex("(?:不(?!動産)|非(?!常)|無(?!線)|未(?!来))(?=[\u4E00-\u9FFF])", RegexOptions.CultureInvariant)]
    private static partial Regex JapanesePrefix();
}
