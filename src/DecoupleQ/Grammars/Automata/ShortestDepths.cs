using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Automata;

/// <summary>How many calls within calls the shortest way from each position to the end of its part takes, found from the ends backwards.</summary>
internal static class ShortestDepths
{
    /// <summary>Of a position from which no way leads to the end.</summary>
    public const int None = int.MaxValue;

    /// <param name="edges">Steps that take a byte, by position.</param>
    /// <param name="calls">Calls, by position.</param>
    /// <param name="final">Where parts end.</param>
    /// <param name="entries">The first position of each callee.</param>
    public static int[] Of(
        IReadOnlyList<List<ByteMachine.Edge>> edges, IReadOnlyList<List<Automaton.Call>> calls, IReadOnlyList<bool> final, IReadOnlyList<int> entries)
    {
        var depths = new int[edges.Count];
        Array.Fill(depths, None);
        var before = new List<int>?[edges.Count];
        var callers = new List<(int Position, Automaton.Call Call)>?[edges.Count];
        var queue = new PriorityQueue<int, int>();
        for (int position = 0; position < edges.Count; position++)
        {
            foreach (ByteMachine.Edge edge in edges[position])
            {
                (before[edge.Target] ??= []).Add(position);
            }
            foreach (Automaton.Call call in calls[position])
            {
                (callers[call.Return] ??= []).Add((position, call));
                (callers[entries[call.Callee]] ??= []).Add((position, call));
            }
            if (final[position])
            {
                queue.Enqueue(position, 0);
            }
        }
        while (queue.TryDequeue(out int position, out int depth))
        {
            if (depths[position] != None)
            {
                continue;
            }
            depths[position] = depth;
            foreach (int earlier in before[position] ?? [])
            {
                if (depths[earlier] == None)
                {
                    queue.Enqueue(earlier, depth);
                }
            }
            foreach ((int earlier, Automaton.Call call) in callers[position] ?? [])
            {
                (int within, int after) = (depths[entries[call.Callee]], depths[call.Return]);
                if (depths[earlier] == None && within != None && after != None)
                {
                    queue.Enqueue(earlier, Math.Max(within + 1, after));
                }
            }
        }
        return depths;
    }
}
