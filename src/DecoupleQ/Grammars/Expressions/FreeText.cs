using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Expressions;

/// <summary>Text that a trigger ends, such as what a model says before it calls a tool.</summary>
internal static class FreeText
{
    /// <summary>Any text in which no trigger stands; it may be empty, and end in the beginning of one.</summary>
    /// <param name="triggers">None empty.</param>
    public static Expression Without(IReadOnlyList<string> triggers) => Build(triggers, through: false);

    /// <summary>Any text to the end of the first trigger in it.</summary>
    /// <param name="triggers">At least one, none empty.</param>
    public static Expression Through(IReadOnlyList<string> triggers) => Build(triggers, through: true);

    /// <summary>Any text without a control token's text, then the token, be it one token or spelled.</summary>
    public static Expression Through(ControlToken trigger) => Expression.Chain(Without([trigger.Text]), trigger);

    // The automaton of Aho and Corasick (1975) over bytes, beside one that reads UTF-8.
    private static ByteMachine Build(IReadOnlyList<string> triggers, bool through)
    {
        byte[][] words = [.. triggers.Select(Utf8.Bytes)];
        List<int[]> next = [NewNode()];
        List<bool> ends = [false];
        foreach (byte[] word in words)
        {
            int node = 0;
            foreach (byte value in word)
            {
                if (next[node][value] < 0)
                {
                    next[node][value] = next.Count;
                    next.Add(NewNode());
                    ends.Add(false);
                }
                node = next[node][value];
            }
            ends[node] = true;
        }
        Complete(next, ends);
        return Product(next, ends, Utf8Machine.Of(Utf8Machine.All), through);
    }

    private static int[] NewNode()
    {
        var node = new int[256];
        Array.Fill(node, -1);
        return node;
    }

    private static void Complete(List<int[]> next, List<bool> ends)
    {
        var fallback = new int[next.Count];
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out int node))
        {
            for (int value = 0; value < 256; value++)
            {
                int shorter = node == 0 ? 0 : next[fallback[node]][value];
                if (next[node][value] is int child and >= 0)
                {
                    fallback[child] = shorter;
                    ends[child] |= ends[shorter];
                    queue.Enqueue(child);
                }
                else
                {
                    next[node][value] = shorter;
                }
            }
        }
    }

    private static ByteMachine Product(List<int[]> next, List<bool> ends, ByteMachine utf8, bool through)
    {
        // A code point ends in state 1, which stands for the beginning of the next.
        List<ByteMachine.State> states = [];
        var numbers = new Dictionary<(int Node, int Within), int>();
        var queue = new Queue<(int Node, int Within)>();
        Number(0, 0);
        while (queue.TryDequeue(out (int Node, int Within) pair))
        {
            ByteMachine.State state = states[numbers[pair]];
            state.IsFinal = through ? ends[pair.Node] : pair.Within == 0;
            if (ends[pair.Node])
            {
                continue;
            }
            foreach (ByteMachine.Edge edge in utf8.States[pair.Within].Edges)
            {
                for (int value = edge.First; value <= edge.Last;)
                {
                    int node = next[pair.Node][value], last = value;
                    while (last < edge.Last && next[pair.Node][last + 1] == node)
                    {
                        last++;
                    }
                    if (through || !ends[node])
                    {
                        state.Edges.Add(new((byte)value, (byte)last, Number(node, utf8.States[edge.Target].IsFinal ? 0 : edge.Target)));
                    }
                    value = last + 1;
                }
            }
        }
        return new(states);

        int Number(int node, int within)
        {
            if (!numbers.TryGetValue((node, within), out int number))
            {
                numbers.Add((node, within), number = states.Count);
                states.Add(new());
                queue.Enqueue((node, within));
            }
            return number;
        }
    }
}
