using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Automata;

/// <summary>Makes an automaton of a network: steps without a byte are followed in advance, and what leads nowhere is taken out.</summary>
internal sealed class AutomatonCompiler
{
    private readonly StateNetwork _network;
    private readonly int _mostDepth;
    private readonly bool[] _nullable;
    private readonly List<List<ByteMachine.Edge>> _edges = [];
    private readonly List<List<Automaton.Call>> _calls = [];
    private readonly List<bool> _final = [];
    private readonly List<int> _control = [];
    private readonly int[] _entries;
    private long _steps, _visits;

    private AutomatonCompiler(StateNetwork network, int mostDepth)
    {
        (_network, _mostDepth) = (network, mostDepth);
        _nullable = new bool[network.Bodies.Count];
        _entries = new int[network.Bodies.Count];
    }

    /// <exception cref="DecoupleQException">The network is too large, has no text, or a rule begins with itself.</exception>
    public static Automaton Compile(StateNetwork network, int mostDepth) => new AutomatonCompiler(network, mostDepth).Compile();

    private Automaton Compile()
    {
        FindNullable();
        FollowEmptySteps();
        int[] depths = ShortestDepths.Of(_edges, _calls, _final, [.. _network.Callees.Select(callee => _entries[callee.Body])]);
        if (depths[_entries[0]] == ShortestDepths.None && !_nullable[0])
        {
            throw new DecoupleQException("No text satisfies it.", field: "grammar", expected: "at least one text that can be finished");
        }
        if (depths[_entries[0]] > _mostDepth && !_nullable[0])
        {
            throw new DecoupleQException("Every text is nested too deep.", field: "grammar", expected: $"texts that are nested at most {_mostDepth} deep");
        }
        Automaton.Callee[] callees = [.. _network.Callees.Select(callee => new Automaton.Callee(
            _entries[callee.Body], _nullable[callee.Body] ? 0 : callee.Least, callee.Most ?? -1, depths[_entries[callee.Body]]))];
        var positions = new Automaton.Position[_edges.Count];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = new(
                [.. _edges[i].Where(edge => depths[edge.Target] != ShortestDepths.None)],
                [.. _calls[i].Where(call => callees[call.Callee].Depth != ShortestDepths.None && depths[call.Return] != ShortestDepths.None)],
                _final[i],
                _control[i],
                depths[i]);
        }
        for (int i = 0; i < positions.Length; i++)
        {
            for (int c = 0; c < positions[i].Calls.Length; c++)
            {
                Automaton.Position after = positions[positions[i].Calls[c].Return];
                positions[i].Calls[c] = positions[i].Calls[c] with { IsLast = after is { Edges: [], Calls: [], Control: -1 } };
            }
        }
        (byte[] classOf, byte[] representatives) = Classes(positions);
        return new()
        {
            Positions = positions,
            Callees = callees,
            Order = Order(positions, callees),
            AcceptsEmpty = _nullable[0],
            Controls = [.. _network.Controls],
            ClassOf = classOf,
            Representatives = representatives,
            MostDepth = _mostDepth,
        };
    }

    /// <summary>Finds the bodies that may be empty: each state is reached once, and waits at calls of bodies of which that is not known yet.</summary>
    private void FindNullable()
    {
        var reached = new bool[_network.Empty.Count];
        var waiting = new List<int>?[_network.Bodies.Count];
        var work = new Stack<int>(_network.Bodies.Select(body => body.Start));
        while (work.TryPop(out int state))
        {
            if (reached[state])
            {
                continue;
            }
            reached[state] = true;
            if (_network.EndOf[state] is int body and >= 0)
            {
                _nullable[body] = true;
                waiting[body]?.ForEach(work.Push);
            }
            _network.Empty[state].ForEach(work.Push);
            foreach ((int callee, int next) in _network.Calls[state])
            {
                (int called, int least, _) = _network.Callees[callee];
                if (least == 0 || _nullable[called])
                {
                    work.Push(next);
                }
                else
                {
                    (waiting[called] ??= []).Add(next);
                }
            }
        }
    }

    /// <summary>Makes a position of each state that something leads to: what a byte or a call can do from there, whatever steps come between.</summary>
    private void FollowEmptySteps()
    {
        var positionOf = new Dictionary<int, int>();
        var sources = new List<(int State, bool IsEntry)>();
        for (int body = 0; body < _entries.Length; body++)
        {
            // Apart from the position of the same state, as a body that was just entered does not end before its first byte.
            _entries[body] = sources.Count;
            sources.Add((_network.Bodies[body].Start, true));
        }
        var seen = new int[_network.Empty.Count];
        var work = new Stack<int>();
        for (int position = 0; position < sources.Count; position++)
        {
            (int source, bool isEntry) = sources[position];
            var edges = new List<ByteMachine.Edge>();
            var calls = new List<Automaton.Call>();
            bool isFinal = false;
            work.Push(source);
            seen[source] = position + 1;
            while (work.TryPop(out int state))
            {
                isFinal |= _network.EndOf[state] >= 0 && !isEntry;
                foreach (ByteMachine.Edge edge in _network.Edges[state])
                {
                    edges.Add(edge with { Target = PositionOf(edge.Target) });
                }
                foreach (int next in _network.Empty[state])
                {
                    Visit(next, position);
                }
                foreach ((int callee, int next) in _network.Calls[state])
                {
                    calls.Add(new(callee, PositionOf(next), false));
                    if (_network.Callees[callee].Least == 0 || _nullable[_network.Callees[callee].Body])
                    {
                        Visit(next, position);
                    }
                }
                if ((_visits += _network.Empty[state].Count + 1) > AutomatonLimits.MostVisits)
                {
                    throw AutomatonLimits.TooLarge();
                }
            }
            if ((_steps += edges.Count + calls.Count) > AutomatonLimits.MostEdges || sources.Count > AutomatonLimits.MostStates)
            {
                throw AutomatonLimits.TooLarge();
            }
            _edges.Add(edges);
            _calls.Add(calls);
            _final.Add(isFinal);
            _control.Add(isEntry ? _network.Bodies[position].Control : -1);
        }

        void Visit(int state, int position)
        {
            if (seen[state] != position + 1)
            {
                seen[state] = position + 1;
                work.Push(state);
            }
        }

        int PositionOf(int state)
        {
            if (!positionOf.TryGetValue(state, out int position))
            {
                positionOf.Add(state, position = sources.Count);
                sources.Add((state, false));
            }
            return position;
        }
    }

    private int[] Order(Automaton.Position[] positions, Automaton.Callee[] callees)
    {
        var order = new int[callees.Length];
        var begun = new byte[callees.Length];
        int last = callees.Length;
        var path = new Stack<(int Callee, int Next)>();
        for (int root = 0; root < callees.Length; root++)
        {
            if (begun[root] == 0)
            {
                begun[root] = 1;
                path.Push((root, 0));
            }
            while (path.TryPop(out (int Callee, int Next) at))
            {
                Automaton.Call[] calls = positions[callees[at.Callee].Entry].Calls;
                if (at.Next == calls.Length)
                {
                    order[at.Callee] = --last;
                    begun[at.Callee] = 2;
                    continue;
                }
                path.Push((at.Callee, at.Next + 1));
                int called = calls[at.Next].Callee;
                if (begun[called] == 1)
                {
                    string name = path.Prepend((called, 0)).Select(step => NameOf(step.Item1)).FirstOrDefault(n => n is not null) ?? "A repetition";
                    throw new DecoupleQException(
                        $"{name} begins with itself, so that no byte is ever read.", field: "grammar", expected: "a rule with something before itself");
                }
                if (begun[called] == 0)
                {
                    begun[called] = 1;
                    path.Push((called, 0));
                }
            }
        }
        return order;
    }

    private string? NameOf(int callee) => _network.Bodies[_network.Callees[callee].Body].Name is string name ? $"The rule {name}" : null;

    private static (byte[] ClassOf, byte[] Representatives) Classes(Automaton.Position[] positions)
    {
        var begins = new bool[257];
        begins[0] = true;
        foreach (ByteMachine.Edge edge in positions.SelectMany(position => position.Edges))
        {
            begins[edge.First] = begins[edge.Last + 1] = true;
        }
        var classOf = new byte[256];
        var representatives = new List<byte>();
        for (int value = 0; value < 256; value++)
        {
            if (begins[value])
            {
                representatives.Add((byte)value);
            }
            classOf[value] = (byte)(representatives.Count - 1);
        }
        return (classOf, [.. representatives]);
    }
}
