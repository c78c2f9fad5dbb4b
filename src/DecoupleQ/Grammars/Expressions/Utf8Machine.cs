using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Expressions;

/// <summary>The UTF-8 sequences of code points of a set, as an automaton; surrogates have none.</summary>
internal static class Utf8Machine
{
    private static readonly CodePointSet Surrogates = CodePointSet.Of(0xD800, 0xDFFF);

    // The last code points with one, two and three bytes.
    private static readonly int[] LastOfLength = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>Every code point.</summary>
    public static CodePointSet All { get; } = Surrogates.Complement();

    /// <summary>One code point of <paramref name="set"/>.</summary>
    public static ByteMachine Of(CodePointSet set)
    {
        var sequences = new List<(byte First, byte Last)[]>();
        foreach ((int first, int last) in set.Except(Surrogates).Ranges)
        {
            Split(first, last, sequences);
        }
        List<ByteMachine.State> states = [new(), new() { IsFinal = true }];
        Build(sequences, 0, 0, states, []);
        return new(states);
    }

    // Sequences of ranges, each range of the last bytes as a whole, in ascending order.
    private static void Split(int first, int last, List<(byte First, byte Last)[]> sequences)
    {
        foreach (int longest in LastOfLength)
        {
            if (first <= longest && last > longest)
            {
                Split(first, longest, sequences);
                Split(longest + 1, last, sequences);
                return;
            }
        }
        for (int bits = 6; bits <= 18 && first > 0x7F; bits += 6)
        {
            int mask = (1 << bits) - 1;
            if (first >> bits != last >> bits)
            {
                if ((first & mask) != 0)
                {
                    Split(first, first | mask, sequences);
                    Split((first | mask) + 1, last, sequences);
                    return;
                }
                if ((last & mask) != mask)
                {
                    Split(first, (last & ~mask) - 1, sequences);
                    Split(last & ~mask, last, sequences);
                    return;
                }
            }
        }
        byte[] low = Encode(first), high = Encode(last);
        sequences.Add([.. low.Zip(high)]);
    }

    private static byte[] Encode(int codePoint) => codePoint switch
    {
        <= 0x7F => [(byte)codePoint],
        <= 0x7FF => [(byte)(0xC0 | codePoint >> 6), Continuation(codePoint)],
        <= 0xFFFF => [(byte)(0xE0 | codePoint >> 12), Continuation(codePoint >> 6), Continuation(codePoint)],
        _ => [(byte)(0xF0 | codePoint >> 18), Continuation(codePoint >> 12), Continuation(codePoint >> 6), Continuation(codePoint)],
    };

    private static byte Continuation(int bits) => (byte)(0x80 | bits & 0x3F);

    // The ranges at a place are equal or apart. States with the same continuations are one.
    private static void Build(
        IReadOnlyList<(byte First, byte Last)[]> sequences, int at, int state, List<ByteMachine.State> states, Dictionary<string, int> known)
    {
        foreach (IGrouping<(byte First, byte Last), (byte First, byte Last)[]> group in sequences.GroupBy(sequence => sequence[at]))
        {
            (byte First, byte Last)[][] rest = [.. group];
            int target = 1;
            if (rest[0].Length > at + 1)
            {
                string key = string.Join(';', rest.Select(sequence => string.Join(',', sequence[(at + 1)..])));
                if (!known.TryGetValue(key, out target))
                {
                    known.Add(key, target = states.Count);
                    states.Add(new());
                    Build(rest, at + 1, target, states, known);
                }
            }
            states[state].Edges.Add(new(group.Key.First, group.Key.Last, target));
        }
    }
}
