using System.Numerics;

namespace DecoupleQ.Generation.Sampling;

/// <summary>The few tokens with the highest logits.</summary>
internal static class BestTokens
{
    /// <summary>Their ids, the highest logit first, of equal ones the lowest id first.</summary>
    /// <param name="logits">One a token, no NaN.</param>
    /// <param name="count">How many; at most as many as there are.</param>
    public static int[] Of(ReadOnlySpan<float> logits, int count)
    {
        var best = new int[count];
        int found = 0;
        for (int i = 0; i < logits.Length && count > 0; i += Vector<float>.Count)
        {
            if (found == count && !Vector.GreaterThanAny(Lanes.At(logits, i), new Vector<float>(logits[best[^1]])))
            {
                continue;
            }
            for (int id = i; id < Math.Min(i + Vector<float>.Count, logits.Length); id++)
            {
                if (found < count || logits[id] > logits[best[^1]])
                {
                    found = Math.Min(found + 1, count);
                    Insert(logits, best.AsSpan(0, found), id);
                }
            }
        }
        return best;
    }

    // The last of them gives way.
    private static void Insert(ReadOnlySpan<float> logits, Span<int> best, int id)
    {
        int place = best.Length - 1;
        for (; place > 0 && logits[id] > logits[best[place - 1]]; place--)
        {
            best[place] = best[place - 1];
        }
        best[place] = id;
    }
}
