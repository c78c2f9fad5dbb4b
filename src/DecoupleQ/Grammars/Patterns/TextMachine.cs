using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Patterns;

/// <summary>A deterministic automaton over code points, which can be counted and intersected; state 0 is where it starts.</summary>
internal sealed class TextMachine
{
    private const int MostStates = 5_000, MostWork = 200_000;

    private readonly List<State> _states;

    private TextMachine(List<State> states) => _states = states;

    /// <summary>A state.</summary>
    /// <param name="Edges">Sets that are apart, and where they lead.</param>
    /// <param name="IsFinal">Whether the text may end here.</param>
    public sealed record State(List<(CodePointSet Set, int Target)> Edges, bool IsFinal);

    /// <summary>The texts in which a pattern is found, or that it is.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isWhole">Whether it is the whole text.</param>
    /// <param name="field">What errors call it.</param>
    /// <exception cref="DecoupleQException">It has too many states.</exception>
    public static TextMachine Of(Pattern pattern, bool isWhole, string field) => new(PatternDeterminizer.Run(pattern, isWhole, MostStates, field));

    /// <summary>The texts of so many code points.</summary>
    /// <param name="machine">The texts.</param>
    /// <param name="least">The fewest.</param>
    /// <param name="most">The most; null for any number.</param>
    /// <param name="field">What errors call it.</param>
    /// <exception cref="DecoupleQException">It has too many states.</exception>
    public static TextMachine WithLength(TextMachine machine, long least, long? most, string field)
    {
        (long shortest, long? longest) = machine.Lengths();
        if (shortest >= least && (most is null || longest <= most))
        {
            return machine;
        }
        long stop = most ?? least;
        return Explore<(int State, long Length)>((0, 0), field, at =>
        {
            State state = machine._states[at.State];
            bool isFinal = state.IsFinal && at.Length >= least && (most is null || at.Length <= most);
            return (isFinal, state.Edges
                .Where(_ => most is null || at.Length < most)
                .Select(edge => (edge.Set, (edge.Target, Math.Min(at.Length + 1, stop)))));
        });
    }

    /// <summary>The texts of both.</summary>
    /// <param name="one">Some.</param>
    /// <param name="other">Others.</param>
    /// <param name="field">What errors call them.</param>
    /// <exception cref="DecoupleQException">It has too many states.</exception>
    public static TextMachine Both(TextMachine one, TextMachine other, string field)
    {
        int work = 0;
        return Explore<(int One, int Other)>((0, 0), field, at =>
        {
            (State a, State b) = (one._states[at.One], other._states[at.Other]);
            var edges = new List<(CodePointSet, (int, int))>();
            if ((work += a.Edges.Count * b.Edges.Count) > MostWork)
            {
                throw TooLarge(field, MostStates);
            }
            foreach ((CodePointSet set, int target) in a.Edges)
            {
                foreach ((CodePointSet otherSet, int otherTarget) in b.Edges)
                {
                    if (set.Intersect(otherSet) is { IsEmpty: false } common)
                    {
                        edges.Add((common, (target, otherTarget)));
                    }
                }
            }
            return (a.IsFinal && b.IsFinal, edges);
        });
    }

    /// <summary>The texts as bytes.</summary>
    /// <param name="spell">What a code point of a set is written as: automata that end where they do not go on.</param>
    public ByteMachine Spelled(Func<CodePointSet, IReadOnlyList<ByteMachine>> spell)
    {
        List<ByteMachine.State> states = [.. _states.Select(state => new ByteMachine.State { IsFinal = state.IsFinal })];
        for (int i = 0; i < _states.Count; i++)
        {
            foreach ((CodePointSet set, int target) in _states[i].Edges)
            {
                foreach (ByteMachine machine in spell(set))
                {
                    Insert(machine, i, target, states);
                }
            }
        }
        return new(states);
    }

    private static void Insert(ByteMachine machine, int from, int to, List<ByteMachine.State> states)
    {
        var numbers = new int[machine.States.Count];
        for (int i = 1; i < numbers.Length; i++)
        {
            numbers[i] = to;
            if (!machine.States[i].IsFinal)
            {
                numbers[i] = states.Count;
                states.Add(new());
            }
        }
        numbers[0] = from;
        for (int i = 0; i < numbers.Length; i++)
        {
            foreach (ByteMachine.Edge edge in machine.States[i].Edges)
            {
                states[numbers[i]].Edges.Add(edge with { Target = numbers[edge.Target] });
            }
        }
    }

    private static TextMachine Explore<TKey>(TKey start, string field, Func<TKey, (bool IsFinal, IEnumerable<(CodePointSet, TKey)> Edges)> look)
        where TKey : notnull
    {
        var numbers = new Dictionary<TKey, int> { [start] = 0 };
        var queue = new Queue<TKey>([start]);
        var states = new List<State>();
        while (queue.TryDequeue(out TKey? key))
        {
            (bool isFinal, IEnumerable<(CodePointSet, TKey)> edges) = look(key);
            var numbered = new List<(CodePointSet, int)>();
            foreach ((CodePointSet set, TKey next) in edges)
            {
                if (!numbers.TryGetValue(next, out int number))
                {
                    numbers.Add(next, number = numbers.Count);
                    queue.Enqueue(next);
                }
                numbered.Add((set, number));
            }
            states.Add(new(numbered, isFinal));
            if (numbers.Count > MostStates)
            {
                throw TooLarge(field, MostStates);
            }
        }
        return new(states);
    }

    /// <summary>A pattern with too many states.</summary>
    public static DecoupleQException TooLarge(string field, int most) => new(
        "The pattern, with what else the text must satisfy, takes too many states.",
        field: field,
        expected: $"a pattern that takes at most {most}; one that bounds its own length needs no minLength or maxLength");

    /// <summary>The fewest and the most code points of its texts; of an automaton without a text, more than there can be and none.</summary>
    private (long Shortest, long? Longest) Lengths()
    {
        long[] shortest = ShortestToEnd();
        if (shortest[0] == long.MaxValue)
        {
            return (long.MaxValue, 0);
        }
        // Depth first; a state that is met on its own path can be gone through any number of times.
        var longest = new long[_states.Count];
        var begun = new byte[_states.Count];
        var path = new Stack<(int State, int Next)>([(0, 0)]);
        begun[0] = 1;
        while (path.TryPop(out (int State, int Next) at))
        {
            List<(CodePointSet Set, int Target)> edges = _states[at.State].Edges;
            if (at.Next == edges.Count)
            {
                begun[at.State] = 2;
                longest[at.State] = edges.Where(edge => shortest[edge.Target] != long.MaxValue).Select(edge => longest[edge.Target] + 1).Append(0).Max();
                continue;
            }
            path.Push((at.State, at.Next + 1));
            int target = edges[at.Next].Target;
            if (shortest[target] == long.MaxValue || begun[target] == 2)
            {
                continue;
            }
            if (begun[target] == 1)
            {
                return (shortest[0], null);
            }
            begun[target] = 1;
            path.Push((target, 0));
        }
        return (shortest[0], longest[0]);
    }

    private long[] ShortestToEnd()
    {
        var shortest = new long[_states.Count];
        Array.Fill(shortest, long.MaxValue);
        var before = new List<int>[_states.Count];
        var queue = new Queue<int>();
        for (int state = 0; state < before.Length; state++)
        {
            before[state] = [];
        }
        for (int state = 0; state < before.Length; state++)
        {
            _states[state].Edges.ForEach(edge => before[edge.Target].Add(state));
            if (_states[state].IsFinal)
            {
                shortest[state] = 0;
                queue.Enqueue(state);
            }
        }
        while (queue.TryDequeue(out int state))
        {
            foreach (int earlier in before[state].Where(earlier => shortest[earlier] == long.MaxValue))
            {
                shortest[earlier] = shortest[state] + 1;
                queue.Enqueue(earlier);
            }
        }
        return shortest;
    }
}
