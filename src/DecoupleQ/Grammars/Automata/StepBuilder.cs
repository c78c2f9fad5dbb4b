using System.Runtime.InteropServices;

namespace DecoupleQ.Grammars.Automata;

/// <summary>
/// Collects the readings after a byte: where they have arrived, what that ends and returns to, and what is called from there. Readings at one position become
/// one, whose stacks are those of all (Scott and Johnstone, 2010).
/// </summary>
internal sealed class StepBuilder(Automaton automaton)
{
    private readonly List<AutomatonState.Thread> _arrived = [], _threads = [];
    private readonly HashSet<(int Position, int Node)> _seen = [];
    private readonly HashSet<int> _ended = [];
    private readonly Dictionary<int, CallReturns> _called = [];
    private readonly PriorityQueue<int, int> _calls = new();
    private Matcher _matcher = null!;
    private bool _accepts, _returnsUnknown;
    private int _followed, _reach;

    /// <summary>Begins a state.</summary>
    /// <param name="matcher">Whose it is.</param>
    /// <param name="accepts">Whether the text may end, whatever else.</param>
    public void Begin(Matcher matcher, bool accepts)
    {
        (_matcher, _accepts, _returnsUnknown, _followed, _reach) = (matcher, accepts, false, 0, 0);
        _arrived.Clear();
        _threads.Clear();
        _seen.Clear();
        _ended.Clear();
        _called.Clear();
        _calls.Clear();
    }

    /// <summary>A reading that a byte or a return has led to a position.</summary>
    public void Arrive(int position, StackNode node)
    {
        _matcher.Count(1);
        if (IsWithinDepth(position, node) && _seen.Add((position, node.Id)))
        {
            if (_arrived.Count >= AutomatonLimits.MostThreads)
            {
                throw AutomatonLimits.TooAmbiguous();
            }
            _arrived.Add(new(position, node));
        }
    }

    /// <summary>A reading that begins at a position: what it is in does not end before its first byte.</summary>
    public void Enter(int position, StackNode node)
    {
        if (IsWithinDepth(position, node))
        {
            _threads.Add(new(position, node));
        }
    }

    /// <summary>A call ends: its body comes again, or it returns.</summary>
    public void End(StackNode node)
    {
        if (!_ended.Add(node.Id))
        {
            return;
        }
        (int least, int most) = (Math.Max(node.Least - 1, 0), Math.Max(node.Most - 1, -1));
        if (least == 0)
        {
            Return(node);
        }
        if (node.Most != 1)
        {
            Enter(node.Entry, least == node.Least && most == node.Most ? node : _matcher.Node(node.Entry, least, most, node.Returns));
        }
    }

    /// <summary>A call returns.</summary>
    public void Return(StackNode node)
    {
        _matcher.Count(node.Returns.Length);
        foreach (StackNode.Return place in node.Returns)
        {
            switch (place.Position)
            {
                case StackNode.Return.Accept:
                    _accepts = true;
                    break;
                case StackNode.Return.Unknown:
                    _returnsUnknown = true;
                    break;
                default:
                    Arrive(place.Position, place.Below!);
                    break;
            }
        }
    }

    /// <summary>The state of all of them.</summary>
    public AutomatonState Finish()
    {
        for (; _followed < _arrived.Count; _followed++)
        {
            (int position, StackNode node) = _arrived[_followed];
            if (automaton.Positions[position].IsFinal)
            {
                End(node);
            }
        }
        Merge();
        int roots = _threads.Count;
        for (int i = 0; i < roots; i++)
        {
            FollowCalls(_threads[i]);
        }
        while (_calls.TryDequeue(out int callee, out _))
        {
            Automaton.Callee called = automaton.Callees[callee];
            var entered = new AutomatonState.Thread(called.Entry, _matcher.Node(called.Entry, called.Least, called.Most, _called[callee].Distinct()));
            _threads.Add(entered);
            FollowCalls(entered);
        }
        if (_threads.Count > AutomatonLimits.MostThreads)
        {
            throw AutomatonLimits.TooAmbiguous();
        }
        return _matcher.State([.. _threads], roots, _accepts, _returnsUnknown, _reach);
    }

    // What has arrived at one position with one count goes on together; what can only end has ended.
    private void Merge()
    {
        _arrived.RemoveAll(thread => automaton.Positions[thread.Position] is { Edges: [], Calls: [], Control: -1 });
        _arrived.AddRange(_threads);
        _threads.Clear();
        _arrived.Sort(ByPlace);
        int group = 0;
        for (int i = 0; i < _arrived.Count;)
        {
            (int position, StackNode node) = _arrived[i];
            int next = i + 1;
            while (next < _arrived.Count && SamePlace(_arrived[next], _arrived[i]))
            {
                next++;
            }
            if (next > i + 1 && _arrived[next - 1].Node != node)
            {
                var returns = new List<StackNode.Return>();
                for (int other = i; other < next; other++)
                {
                    returns.AddRange(_arrived[other].Node.Returns);
                }
                _matcher.Count(returns.Count);
                node = _matcher.Node(node.Entry, node.Least, node.Most, StackNode.Distinct(returns));
            }
            if (_threads.Count > 0 && _threads[^1].Position != position)
            {
                group = _threads.Count;
            }
            Keep(position, node, group);
            i = next;
        }
    }

    // Of readings at one position that differ in their counts alone, only those that no other covers.
    private void Keep(int position, StackNode node, int group)
    {
        _matcher.Count(_threads.Count - group + 1);
        for (int other = _threads.Count - 1; other >= group; other--)
        {
            if (_threads[other].Node.Covers(node))
            {
                return;
            }
            if (node.Covers(_threads[other].Node))
            {
                _threads.RemoveAt(other);
            }
        }
        _threads.Add(new(position, node));
    }

    private void FollowCalls(AutomatonState.Thread thread)
    {
        Automaton.Position position = automaton.Positions[thread.Position];
        _matcher.Count(1 + position.Calls.Length);
        foreach (Automaton.Call call in position.Calls)
        {
            // Nothing is left to do in the call that it is made from: it returns to where that one does.
            bool replaces = call.IsLast && thread.Node is { Least: <= 1, Most: 1 };
            int depth = replaces ? thread.Node.Depth : thread.Node.Depth + 1;
            int needed = Math.Max(depth + automaton.Callees[call.Callee].Depth, thread.Node.Depth + automaton.Positions[call.Return].Depth);
            if (needed > automaton.MostDepth)
            {
                continue;
            }
            _reach = Math.Max(_reach, needed);
            ref CallReturns? returns = ref CollectionsMarshal.GetValueRefOrAddDefault(_called, call.Callee, out bool there);
            if (!there)
            {
                returns = new();
                _calls.Enqueue(call.Callee, automaton.Order[call.Callee]);
            }
            if (replaces)
            {
                _matcher.Count(thread.Node.Returns.Length);
                returns!.Add(thread.Node.Returns);
            }
            else
            {
                returns!.Add([new(call.Return, thread.Node)]);
            }
        }
    }

    private bool IsWithinDepth(int position, StackNode node)
    {
        int needed = node.Depth + automaton.Positions[position].Depth;
        if (needed > automaton.MostDepth)
        {
            return false;
        }
        _reach = Math.Max(_reach, needed);
        return true;
    }

    private static bool SamePlace(AutomatonState.Thread a, AutomatonState.Thread b) =>
        a.Position == b.Position && a.Node.Least == b.Node.Least && a.Node.Most == b.Node.Most;

    private static int ByPlace(AutomatonState.Thread a, AutomatonState.Thread b) => a.Position != b.Position
        ? a.Position.CompareTo(b.Position)
        : a.Node.Least != b.Node.Least ? a.Node.Least.CompareTo(b.Node.Least)
        : a.Node.Most != b.Node.Most ? a.Node.Most.CompareTo(b.Node.Most)
        : a.Node.Id.CompareTo(b.Node.Id);

    /// <summary>What a call that several readings make returns to.</summary>
    private sealed class CallReturns
    {
        private StackNode.Return[]? _only;
        private List<StackNode.Return>? _all;

        public void Add(StackNode.Return[] places)
        {
            if (_only is null && _all is null)
            {
                _only = places;
                return;
            }
            if (_all is null && ReferenceEquals(_only, places))
            {
                return;
            }
            _all ??= [.. _only!];
            _all.AddRange(places);
        }

        public StackNode.Return[] Distinct() => _all is null ? _only! : StackNode.Distinct(_all);
    }
}
