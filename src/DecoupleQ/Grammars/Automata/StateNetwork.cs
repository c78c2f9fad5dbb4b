using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Automata;

/// <summary>
/// Expressions as a network of states (Thompson, 1968): steps that take a byte, steps that take none, and calls of other parts of the network, from which a
/// stack leads back.
/// </summary>
internal sealed class StateNetwork
{
    // What is larger is called, with a count, instead of being there several times.
    private const int LargestCopies = 64;

    private const int FewWords = 8;

    private readonly Dictionary<Expression, int> _bodies = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(int Body, int Least, int? Most), int> _calls = [];
    private readonly Dictionary<Expression, int> _sizes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _controls = new(StringComparer.Ordinal);
    private readonly Queue<(Expression Expression, int Body)> _pending = new();

    /// <summary>Steps without a byte, by state.</summary>
    public List<List<int>> Empty { get; } = [];

    /// <summary>Steps that take a byte, by state.</summary>
    public List<List<ByteMachine.Edge>> Edges { get; } = [];

    /// <summary>Calls by state: what is called, and the state that follows.</summary>
    public List<List<(int Callee, int Return)>> Calls { get; } = [];

    /// <summary>The body that a state is the end of; -1 for none.</summary>
    public List<int> EndOf { get; } = [];

    /// <summary>Parts that are called: first and last state, the name that errors give it, and the number of its control token, -1 for none.</summary>
    public List<(int Start, int End, string? Name, int Control)> Bodies { get; } = [];

    /// <summary>What is called: a body, so many times.</summary>
    public List<(int Body, int Least, int? Most)> Callees { get; } = [];

    /// <summary>The texts of the control tokens.</summary>
    public IReadOnlyCollection<string> Controls => _controls.Keys;

    /// <summary>The network of an expression; its body is number 0.</summary>
    /// <exception cref="DecoupleQException">It is too large.</exception>
    public static StateNetwork Of(Expression root)
    {
        var network = new StateNetwork();
        network.Call(root, 1, 1);
        while (network._pending.TryDequeue(out (Expression Expression, int Body) next))
        {
            (int start, int end, _, _) = network.Bodies[next.Body];
            network.Add(next.Expression, start, end);
        }
        return network;
    }

    private int Call(Expression part, int least, int? most)
    {
        if (!_bodies.TryGetValue(part, out int body))
        {
            (Expression content, string? name, int control) = part switch
            {
                Rule rule => (rule.Body, rule.Name, -1),
                ControlToken token => (Expression.Of(token.Text), null, Control(token.Text)),
                _ => (part, (string?)null, -1),
            };
            _bodies.Add(part, body = Bodies.Count);
            int end = NewState();
            EndOf[end] = body;
            Bodies.Add((NewState(), end, name, control));
            _pending.Enqueue((content, body));
        }
        if (!_calls.TryGetValue((body, least, most), out int callee))
        {
            _calls.Add((body, least, most), callee = Callees.Count);
            Callees.Add((body, least, most));
        }
        return callee;
    }

    private int Control(string text)
    {
        if (!_controls.TryGetValue(text, out int number))
        {
            _controls.Add(text, number = _controls.Count);
        }
        return number;
    }

    private int NewState()
    {
        if (Empty.Count >= AutomatonLimits.MostStates)
        {
            throw AutomatonLimits.TooLarge();
        }
        Empty.Add([]);
        Edges.Add([]);
        Calls.Add([]);
        EndOf.Add(-1);
        return Empty.Count - 1;
    }

    private void Add(Expression expression, int from, int to)
    {
        switch (expression)
        {
            case Literal literal:
                for (int i = 0; i < literal.Bytes.Length; i++)
                {
                    int next = i == literal.Bytes.Length - 1 ? to : NewState();
                    Edges[from].Add(new(literal.Bytes[i], literal.Bytes[i], next));
                    from = next;
                }
                break;
            case Sequence sequence:
                for (int i = 0; i < sequence.Parts.Count; i++)
                {
                    int next = NewState();
                    Add(sequence.Parts[i], from, next);
                    from = next;
                }
                Empty[from].Add(to);
                break;
            case Choice choice:
                foreach (Expression part in Factored(choice.Parts))
                {
                    int start = NewState();
                    Empty[from].Add(start);
                    Add(part, start, to);
                }
                break;
            case Repetition repetition:
                Add(repetition, from, to);
                break;
            case ByteMachine machine:
                Add(machine, from, to);
                break;
            case Diagram diagram:
                int[] states = [.. diagram.Steps.Select(_ => NewState())];
                Empty[from].Add(states[0]);
                Empty[states[diagram.Final]].Add(to);
                foreach ((int state, IReadOnlyList<(Expression? Read, int Target)> steps) in diagram.Steps.Index())
                {
                    foreach ((Expression? read, int target) in steps)
                    {
                        Add(read ?? Expression.Empty, states[state], states[target]);
                    }
                }
                break;
            case Rule or ControlToken:
                Calls[from].Add((Call(expression, 1, 1), to));
                break;
        }
    }

    // Of many words those that begin alike go together, so that few readings are open at once.
    private static IEnumerable<Expression> Factored(IReadOnlyList<Expression> parts)
    {
        byte[][] words = [.. parts.OfType<Literal>().Select(literal => literal.Bytes)];
        return words.Length < FewWords ? parts : parts.Where(part => part is not Literal).Append(ByteMachine.Words(words));
    }

    private void Add(ByteMachine machine, int from, int to)
    {
        int[] states = [.. machine.States.Select(_ => NewState())];
        Empty[from].Add(states[0]);
        for (int i = 0; i < states.Length; i++)
        {
            foreach (ByteMachine.Edge edge in machine.States[i].Edges)
            {
                Edges[states[i]].Add(edge with { Target = states[edge.Target] });
            }
            if (machine.States[i].IsFinal)
            {
                Empty[states[i]].Add(to);
            }
        }
    }

    private void Add(Repetition repetition, int from, int to)
    {
        (Expression part, int least, int? most) = (repetition.Part, repetition.Least, repetition.Most);
        if (most == 0)
        {
            Empty[from].Add(to);
        }
        else if ((most, least) is (1, _) or (null, <= 1))
        {
            int start = NewState(), end = NewState();
            Empty[from].Add(start);
            Add(part, start, end);
            Empty[end].Add(to);
            if (least == 0)
            {
                Empty[from].Add(to);
            }
            if (most is null)
            {
                Empty[end].Add(start);
            }
        }
        else if ((long)Size(part) * (most ?? (least + 1L)) <= LargestCopies)
        {
            for (int i = 0; i < (most ?? least); i++)
            {
                if (i >= least)
                {
                    Empty[from].Add(to);
                }
                int next = NewState();
                Add(part, from, next);
                from = next;
            }
            if (most is null)
            {
                Add(new Repetition(part, 0, null), from, to);
            }
            else
            {
                Empty[from].Add(to);
            }
        }
        else
        {
            Calls[from].Add((Call(part, least, most), to));
        }
    }

    // In states, about; what is above the limit counts as the limit and one.
    private int Size(Expression expression)
    {
        if (_sizes.TryGetValue(expression, out int known))
        {
            return known;
        }
        long size = expression switch
        {
            Literal literal => literal.Bytes.Length,
            Sequence sequence => Total(sequence.Parts),
            Choice choice => Total(choice.Parts),
            ByteMachine machine => machine.States.Count,
            Diagram => LargestCopies + 1L,
            Repetition repetition => Size(repetition.Part) * (long)Math.Max(1, repetition.Most ?? (repetition.Least + 1L)),
            _ => 1,
        };
        return _sizes[expression] = (int)Math.Min(size, LargestCopies + 1);
    }

    private long Total(IReadOnlyList<Expression> parts)
    {
        long total = 1;
        for (int i = 0; i < parts.Count && total <= LargestCopies; i++)
        {
            total += Size(parts[i]);
        }
        return total;
    }
}
