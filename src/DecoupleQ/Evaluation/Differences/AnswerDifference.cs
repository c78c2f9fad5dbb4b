using DecoupleQ.Evaluation.Texts;

namespace DecoupleQ.Evaluation.Differences;

/// <summary>What of a kind one answer has and another has not.</summary>
/// <param name="Gone">What only the first has.</param>
/// <param name="Come">What only the second has.</param>
public sealed record TextChange(IReadOnlyList<string> Gone, IReadOnlyList<string> Come)
{
    /// <summary>Whether there is a difference.</summary>
    public bool Any => Gone.Count + Come.Count > 0;
}

/// <summary>What of two answers to one question differs that changes what they say, as far as it can be told from their words.</summary>
/// <param name="Numbers">Numbers, by value: 1,000 and 1000 are one.</param>
/// <param name="Negations">Negations of English and Japanese, with how often they occur.</param>
/// <param name="Names">Capitalised words that begin no sentence, and runs of katakana; a word that the other text has anywhere is no difference.</param>
public sealed record AnswerDifference(TextChange Numbers, TextChange Negations, TextChange Names)
{
    /// <summary>How many of the three differ, from 0 to 3.</summary>
    public int Kinds => (Numbers.Any ? 1 : 0) + (Negations.Any ? 1 : 0) + (Names.Any ? 1 : 0);

    /// <summary>Looks at two answers.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    public static AnswerDifference Between(string before, string after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        (string first, string second) = (FoldedText.Of(before), FoldedText.Of(after));
        return new AnswerDifference(
            OfSets(NumbersIn(first), NumbersIn(second)),
            OfCounts(NegationWords.In(first), NegationWords.In(second)),
            new TextChange(OnlyIn(first, second), OnlyIn(second, first)));
    }

    private static List<string> NumbersIn(string text) => [.. WrittenNumber.In(text).Select(number => number.ToString())];

    private static TextChange OfSets(List<string> before, List<string> after) =>
        new([.. before.Except(after, StringComparer.Ordinal)], [.. after.Except(before, StringComparer.Ordinal)]);

    private static TextChange OfCounts(List<string> before, List<string> after)
    {
        List<string> gone = [.. before], come = [];
        foreach (string word in after)
        {
            if (!gone.Remove(word))
            {
                come.Add(word);
            }
        }
        return new TextChange(gone, come);
    }

    private static IReadOnlyList<string> OnlyIn(string text, string other)
    {
        string otherWords = FoldedText.WithoutCase(other);
        return [.. NameWords.In(text).Where(name => !Words.Contain(otherWords, FoldedText.WithoutCase(name))).Distinct(StringComparer.Ordinal)];
    }
}
