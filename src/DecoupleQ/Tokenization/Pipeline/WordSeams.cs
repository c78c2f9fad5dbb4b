using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Patterns;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>
/// Where a text in the manner of SentencePiece, which no pre-tokenizer splits, may be split all the same: before a ▁ that follows another character.
/// </summary>
/// <remarks>If no merge makes a token with such a place inside, no merge crosses one, and the parts give the ids of the whole.
/// They are short and come again, so a cache of words holds for them too.</remarks>
internal static class WordSeams
{
    private const char Space = '\u2581';

    /// <summary>Whether a vocabulary allows it.</summary>
    /// <param name="merged">The tokens that merges make.</param>
    /// <param name="symbols">What characters become: ▁ must be a symbol of its own, and no other may vanish and bring two ▁ together.</param>
    public static bool Allowed(IEnumerable<string> merged, CharacterSymbols symbols) =>
        symbols.Has(Space) && symbols.KeepsEveryCharacter && merged.All(token => !HasSeam(token));

    /// <summary>The step that splits there.</summary>
    public static PreTokenizer Split() => new PatternSplit(PatternProgram.Compile($"{Space}+"), SplitBehavior.MergedWithNext);

    private static bool HasSeam(string token)
    {
        for (int i = 1; i < token.Length; i++)
        {
            if (token[i] == Space && token[i - 1] != Space)
            {
                return true;
            }
        }
        return false;
    }
}
