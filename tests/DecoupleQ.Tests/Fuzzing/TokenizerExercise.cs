using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>What is done with a tokenizer that was read: hostile texts are encoded, whole and in parts, and ids decoded, all at once and one by one.</summary>
internal static class TokenizerExercise
{
    private const int Texts = 2;

    // What one call may allocate, all in all, and so hold at any time: the texts are short.
    private const long MostAllocated = 64 << 20;

    /// <summary>Does it.</summary>
    /// <exception cref="DecoupleQException">The tokenizer would take too much on a text.</exception>
    /// <exception cref="InvalidOperationException">A text has other ids in parts, or a call allocated too much.</exception>
    public static void Run(Tokenizer tokenizer, Random random)
    {
        string[] tokens = [.. Enumerable.Range(0, Math.Min(tokenizer.VocabularySize, 200)).Select(tokenizer.TokenOf).OfType<string>().Where(t => t.Length > 0)];
        for (int i = 0; i < Texts; i++)
        {
            string text = TokenizerMutations.Text(random, tokens);
            var special = (SpecialTokens)random.Next(2);
            IReadOnlyList<int> ids = Within(() => tokenizer.Encode(text, special));
            Within(() => InParts(tokenizer, text, special, ids, random));
            Within(() => tokenizer.EncodeWithTemplate(text[..Math.Min(text.Length, 100)]));
            Within(() => tokenizer.Encode(text, (Range[])[new Range(0, text.Length / 2)]));
            Within(() => tokenizer.DecodeWithSpecialTokens(ids));
            var stream = new TokenStream(tokenizer);
            foreach (int id in (int[])[.. ids.Take(50), .. Enumerable.Range(0, 20).Select(_ => random.Next(tokenizer.VocabularySize + 2))])
            {
                Within(() => stream.Push(id));
            }
            stream.Flush();
        }
    }

    /// <summary>What a call gives.</summary>
    /// <param name="call">The call.</param>
    /// <param name="length">Bytes of the file that it reads.</param>
    /// <exception cref="InvalidOperationException">It allocated too much.</exception>
    public static T Within<T>(Func<T> call, int length = 0)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        T result = call();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= MostAllocated + (8L * length) ? result : throw new InvalidOperationException($"A call allocated {allocated} bytes.");
    }

    private static List<int> InParts(Tokenizer tokenizer, string text, SpecialTokens special, IReadOnlyList<int> ids, Random random)
    {
        TextEncoder encoder = tokenizer.BeginEncoding(special);
        encoder.FeedsAtOnce = true;
        var parts = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            int length = Math.Min(random.Next(1, 1 + Math.Max(50, text.Length / 4)), text.Length - at);
            parts.AddRange(encoder.Append(text.AsSpan(at, length)));
            at += length;
        }
        parts.AddRange(encoder.Finish());
        return parts.SequenceEqual(ids) ? parts : throw new InvalidOperationException("A text in parts has other ids.");
    }
}
