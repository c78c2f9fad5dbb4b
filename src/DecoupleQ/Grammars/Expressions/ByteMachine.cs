namespace DecoupleQ.Grammars.Expressions;

/// <summary>A finite automaton over bytes, as an expression: the first state is where it starts.</summary>
/// <param name="states">At least one.</param>
internal sealed class ByteMachine(IReadOnlyList<ByteMachine.State> states) : Expression
{
    public IReadOnlyList<State> States { get; } = states;

    /// <summary>A step that a byte takes.</summary>
    /// <param name="First">The lowest byte.</param>
    /// <param name="Last">The highest.</param>
    /// <param name="Target">The number of the state that follows.</param>
    public readonly record struct Edge(byte First, byte Last, int Target);

    /// <summary>A state.</summary>
    public sealed class State
    {
        public List<Edge> Edges { get; } = [];

        /// <summary>Whether the text may end here.</summary>
        public bool IsFinal { get; set; }
    }

    /// <summary>One byte of a range.</summary>
    public static ByteMachine Range(byte first, byte last)
    {
        State start = new(), end = new() { IsFinal = true };
        start.Edges.Add(new(first, last, 1));
        return new([start, end]);
    }

    /// <summary>One of some texts; what several begin with is there once.</summary>
    public static Expression Words(IEnumerable<byte[]> words)
    {
        List<State> states = [new()];
        var next = new Dictionary<(int State, byte Byte), int>();
        foreach (byte[] word in words)
        {
            int state = 0;
            foreach (byte value in word)
            {
                if (!next.TryGetValue((state, value), out int target))
                {
                    next.Add((state, value), target = states.Count);
                    states[state].Edges.Add(new(value, value, target));
                    states.Add(new());
                }
                state = target;
            }
            states[state].IsFinal = true;
        }
        return new ByteMachine(states);
    }

    /// <summary>The texts of a deterministic machine but some.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="words">The texts that are left out.</param>
    public static ByteMachine Except(ByteMachine machine, IEnumerable<byte[]> words)
    {
        // By state of the words' tree: the machine's own state there, and where bytes lead.
        List<(int Own, Dictionary<byte, int> Next, bool IsWord)> tree = [(0, [], false)];
        foreach (byte[] word in words)
        {
            int node = 0;
            foreach (byte value in word)
            {
                if (!tree[node].Next.TryGetValue(value, out int next))
                {
                    int own = machine.States[tree[node].Own].Edges.FindIndex(edge => value >= edge.First && value <= edge.Last);
                    if (own < 0)
                    {
                        node = -1;
                        break;
                    }
                    tree[node].Next.Add(value, next = tree.Count);
                    tree.Add((machine.States[tree[node].Own].Edges[own].Target, [], false));
                }
                node = next;
            }
            if (node >= 0)
            {
                tree[node] = tree[node] with { IsWord = true };
            }
        }
        // The tree's states come first, so that its root is where the machine starts.
        State[] nodes = [.. tree.Select(node => new State { IsFinal = machine.States[node.Own].IsFinal && !node.IsWord })];
        for (int node = 0; node < nodes.Length; node++)
        {
            foreach (Edge edge in machine.States[tree[node].Own].Edges)
            {
                int first = edge.First;
                foreach (byte value in tree[node].Next.Keys.Where(value => value >= edge.First && value <= edge.Last).Order())
                {
                    AddRange(nodes[node], first, value - 1, nodes.Length + edge.Target);
                    nodes[node].Edges.Add(new(value, value, tree[node].Next[value]));
                    first = value + 1;
                }
                AddRange(nodes[node], first, edge.Last, nodes.Length + edge.Target);
            }
        }
        return new([.. nodes, .. machine.States.Select(state => Shifted(state, nodes.Length))]);
    }

    private static void AddRange(State state, int first, int last, int target)
    {
        if (first <= last)
        {
            state.Edges.Add(new((byte)first, (byte)last, target));
        }
    }

    private static State Shifted(State state, int by)
    {
        var shifted = new State { IsFinal = state.IsFinal };
        shifted.Edges.AddRange(state.Edges.Select(edge => edge with { Target = edge.Target + by }));
        return shifted;
    }
}
