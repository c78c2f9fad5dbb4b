using System.Buffers;
using System.Text;
using DecoupleQ.Evaluation.Texts;

namespace DecoupleQ.Evaluation.Differences;

/// <summary>What is probably a name: a capitalised word that begins no sentence, or a run of katakana.</summary>
internal static class NameWords
{
    private const int ShortestKatakana = 2;

    /// <summary>The names of a text in the order in which they occur, as they are written.</summary>
    /// <param name="text">The text, folded.</param>
    public static List<string> In(string text)
    {
        var names = new List<string>();
        bool begins = true;
        for (int at = 0; at < text.Length;)
        {
            Rune rune = RuneAt(text, at);
            if (!IsPart(rune))
            {
                begins = BeginsSentence(text, at) || (begins && !Rune.IsDigit(rune));
                at += rune.Utf16SequenceLength;
                continue;
            }
            int end = at;
            while (end < text.Length && IsPart(RuneAt(text, end)) && (end == at || !Words.IsBoundary(text, end)))
            {
                end += RuneAt(text, end).Utf16SequenceLength;
            }
            string word = text[at..end];
            bool isKatakana = Scripts.IsKatakana(rune) && word.Length >= ShortestKatakana;
            bool isCapitalised = Rune.IsUpper(rune) && !begins && word is not "I";
            if (isKatakana || isCapitalised)
            {
                names.Add(word);
            }
            (begins, at) = (false, end);
        }
        return names;
    }

    // What ends a sentence, or opens a quotation or a list, of either script.
    private static bool BeginsSentence(string text, int at) => text[at] switch
    {
        '!' or '?' or ':' or '\n' or '"' or '\u201C' or '\u300C' or '\u3002' or '\u2022' or '*' or '#' => true,
        // Not within a number; an initial or an abbreviation ends no sentence, but what follows it may then be a name that is not seen.
        '.' => at + 1 == text.Length || text[at + 1] == ' ',
        '-' => at == 0 || text[at - 1] == ' ',
        _ => false,
    };

    private static bool IsPart(Rune rune) => Scripts.IsLetterOrDigit(rune);

    private static Rune RuneAt(string text, int at) =>
        Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _) == OperationStatus.Done ? rune : Rune.ReplacementChar;
}
