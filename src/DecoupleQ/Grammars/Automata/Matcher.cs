using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Automata;

/// <summary>Takes texts through an automaton, byte by byte, all readings at once. What it has found is kept. For one thread at a time.</summary>
/// <param name="automaton">The automaton.</param>
/// <param name="isToken">By control token: whether it is one token here, and never spelled.</param>
internal sealed class Matcher(Automaton automaton, IReadOnlyList<bool> isToken)
{
    private const int CostOfState = 16;

    private readonly StepBuilder _builder = new(automaton);
    private readonly Dictionary<StackNode, StackNode> _nodes = new(new StackNode.ByContent());
    private readonly Dictionary<AutomatonState, AutomatonState> _states = new(new AutomatonState.ByContent());
    private AutomatonState? _start;
    private int _lastId;
    private int _kept;

    public Automaton Automaton => automaton;

    /// <summary>Whether a text is one of an automaton's; control tokens are spelled.</summary>
    /// <exception cref="DecoupleQException">It can be read in too many ways.</exception>
    public static bool Accepts(Automaton automaton, ReadOnlySpan<byte> text)
    {
        var matcher = new Matcher(automaton, [.. automaton.Controls.Select(_ => false)]);
        AutomatonState state = matcher.Start;
        for (int i = 0; i < text.Length && !state.IsDead; i++)
        {
            matcher.Work = 0;
            matcher.Trim();
            state = matcher.Step(state, text[i]);
        }
        return state.Accepts;
    }

    /// <summary>Readings looked at since this was set to 0.</summary>
    public long Work { get; set; }

    /// <summary>Where a text begins.</summary>
    public AutomatonState Start
    {
        get
        {
            if (_start is null)
            {
                _builder.Begin(this, automaton.AcceptsEmpty);
                _builder.Enter(automaton.Callees[0].Entry, Node(automaton.Callees[0].Entry, 1, 1, [new(StackNode.Return.Accept, null)]));
                _start = _builder.Finish();
            }
            return _start;
        }
    }

    /// <summary>Forgets what was found, if it has become much. States that somebody has go on being right.</summary>
    public void Trim()
    {
        if (!HasRoom)
        {
            _kept = 0;
            _states.Clear();
            _nodes.Clear();
            _start = null;
        }
    }

    /// <summary>The state after a byte.</summary>
    public AutomatonState Step(AutomatonState state, byte value)
    {
        int kind = automaton.ClassOf[value];
        if (state.Next?[kind] is { } known)
        {
            return known;
        }
        AutomatonState next = FindNext(state, automaton.Representatives[kind]);
        if (HasRoom)
        {
            _kept += state.Next is null ? automaton.Representatives.Length : 0;
            (state.Next ??= new AutomatonState?[automaton.Representatives.Length])[kind] = next;
        }
        return next;
    }

    /// <summary>The state after bytes.</summary>
    public AutomatonState Step(AutomatonState state, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length && !state.IsDead; i++)
        {
            state = Step(state, bytes[i]);
        }
        return state;
    }

    /// <summary>The state after a control token.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="control">Its number.</param>
    public AutomatonState StepControl(AutomatonState state, int control)
    {
        _builder.Begin(this, false);
        foreach (AutomatonState.Thread thread in state.Threads)
        {
            if (automaton.Positions[thread.Position].Control == control)
            {
                _builder.End(thread.Node);
            }
        }
        return _builder.Finish();
    }

    /// <summary>Where a text is that enters a call or goes on in it, whatever comes after it.</summary>
    /// <param name="position">A position within what was called.</param>
    /// <param name="entry">The first position of what was called.</param>
    /// <param name="least">How many times its body comes at least from here on.</param>
    /// <param name="most">How many times at most; -1 for any number.</param>
    public AutomatonState Within(int position, int entry, int least, int most)
    {
        _builder.Begin(this, false);
        _builder.Enter(position, Node(entry, least, most, [new(StackNode.Return.Unknown, null)]));
        return _builder.Finish();
    }

    /// <summary>Where a text is when a call has returned.</summary>
    public AutomatonState Returned(StackNode node)
    {
        if (node.Returned is null)
        {
            _builder.Begin(this, false);
            _builder.Return(node);
            node.Returned = _builder.Finish();
        }
        return node.Returned;
    }

    /// <summary>Whether a position's control token is one token, and its bytes are none of the grammar's.</summary>
    public bool IsToken(Automaton.Position position) => position.Control >= 0 && isToken[position.Control];

    /// <summary>The node of that content.</summary>
    public StackNode Node(int entry, int least, int most, StackNode.Return[] returns)
    {
        var node = new StackNode(entry, least, most, returns, 0);
        if (_nodes.TryGetValue(node, out StackNode? known))
        {
            return known;
        }
        node.Id = ++_lastId;
        if (HasRoom)
        {
            _kept += returns.Length + CostOfState;
            _nodes.Add(node, node);
        }
        return node;
    }

    /// <summary>The state of that content.</summary>
    public AutomatonState State(AutomatonState.Thread[] threads, int roots, bool accepts, bool returnsUnknown, int reach)
    {
        var state = new AutomatonState(threads, roots, accepts, returnsUnknown, reach);
        if (_states.TryGetValue(state, out AutomatonState? known))
        {
            return known;
        }
        if (HasRoom)
        {
            _kept += threads.Length + CostOfState;
            _states.Add(state, state);
        }
        return state;
    }

    /// <summary>Counts readings that are looked at.</summary>
    /// <exception cref="DecoupleQException">They are too many.</exception>
    public void Count(int readings)
    {
        if ((Work += readings) > AutomatonLimits.MostWork)
        {
            Work = 0;
            throw AutomatonLimits.TooAmbiguous();
        }
    }

    private bool HasRoom => _kept < AutomatonLimits.MostKept;

    private AutomatonState FindNext(AutomatonState state, byte value)
    {
        _builder.Begin(this, false);
        foreach (AutomatonState.Thread thread in state.Threads)
        {
            Automaton.Position position = automaton.Positions[thread.Position];
            if (IsToken(position))
            {
                continue;
            }
            Count(1 + position.Edges.Length);
            foreach (ByteMachine.Edge edge in position.Edges)
            {
                if (value >= edge.First && value <= edge.Last)
                {
                    _builder.Arrive(edge.Target, thread.Node);
                }
            }
        }
        return _builder.Finish();
    }
}
