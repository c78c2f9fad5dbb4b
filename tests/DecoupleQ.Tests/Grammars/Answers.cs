using System.Text;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Answers under a grammar, of a model that chooses among the allowed tokens by chance.</summary>
internal static class Answers
{
    /// <summary>Writes an answer.</summary>
    /// <param name="grammar">What it is held to.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="random">What chooses.</param>
    /// <param name="most">The most tokens.</param>
    /// <param name="impatience">How likely an end is where one is allowed, in [0, 1].</param>
    /// <returns>Its bytes, and whether it has ended by itself.</returns>
    public static (byte[] Text, bool Ended) Write(Grammar grammar, GrammarVocabulary vocabulary, Random random, int most = 400, double impatience = 0.3)
    {
        ITokenConstraint constraint = grammar.Constrain(vocabulary);
        var mask = new TokenMask(vocabulary.Size);
        var ids = new List<int>();
        var bytes = new List<byte>();
        var allowed = new List<int>();
        while (ids.Count < most)
        {
            constraint.Allow([.. ids], mask);
            allowed.Clear();
            for (int candidate = 0; candidate < vocabulary.Size; candidate++)
            {
                if (mask[candidate] && !vocabulary.EndIds.Contains(candidate))
                {
                    allowed.Add(candidate);
                }
            }
            bool mayEnd = mask[vocabulary.EndIds[0]];
            if (!mayEnd && allowed.Count == 0)
            {
                Assert.Fail($"Nothing may follow {Encoding.UTF8.GetString([.. bytes])}");
            }
            if (mayEnd && (allowed.Count == 0 || random.NextDouble() < impatience))
            {
                return ([.. bytes], true);
            }
            int id = allowed[random.Next(allowed.Count)];
            ids.Add(id);
            bytes.AddRange(vocabulary.Trie.BytesOf(id));
        }
        return ([.. bytes], false);
    }

    /// <summary>Whether a text may be written, id by id, and end.</summary>
    public static bool MayBeWritten(Grammar grammar, GrammarVocabulary vocabulary, Tokenizer tokenizer, string text)
    {
        ITokenConstraint constraint = grammar.Constrain(vocabulary);
        var mask = new TokenMask(vocabulary.Size);
        int[] ids = [.. tokenizer.Encode(text)];
        for (int i = 0; i < ids.Length; i++)
        {
            constraint.Allow(ids.AsSpan(0, i), mask);
            if (!mask[ids[i]])
            {
                return false;
            }
        }
        constraint.Allow(ids, mask);
        return mask[vocabulary.EndIds[0]];
    }
}
