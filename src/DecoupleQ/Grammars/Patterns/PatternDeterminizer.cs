using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Patterns;

/// <summary>Makes a deterministic automaton of a pattern by the construction of subsets; anchors may stand anywhere.</summary>
internal sealed class PatternDeterminizer
{
    private const int MostNodes = 20_000, MostWork = 10_000_000;

    private enum Condition
    {
        None,
        AtBeginning,
        AtEnd,
    }

    private readonly List<List<(Condition Condition, int Target)>> _empty = [];
    private readonly List<(CodePointSet Set, int Target)?> _steps = [];
    private readonly string _field;
    private int _end;

    private PatternDeterminizer(string field) => _field = field;

    /// <exception cref="DecoupleQException">More than <paramref name="mostStates"/> states are needed.</exception>
    public static List<TextMachine.State> Run(Pattern pattern, bool isWhole, int mostStates, string field)
    {
        var run = new PatternDeterminizer(field);
        int start = run.Node(), end = run.Node();
        run.Add(pattern, start, end);
        if (!isWhole)
        {
            // Anything may stand before and after; so may nothing.
            (int before, int after) = (run.Node(), run.Node());
            run.Link(before, run.Step(CodePointSet.All, before));
            run.Link(before, start);
            run.Link(end, after);
            run.Link(after, run.Step(CodePointSet.All, after));
            (start, end) = (before, after);
        }
        run._end = end;
        return run.Determinize(start, mostStates);
    }

    private List<TextMachine.State> Determinize(int start, int mostStates)
    {
        CodePointSet[] sets = [.. _steps.OfType<(CodePointSet Set, int Target)>().Select(step => step.Set).Distinct()];
        if (sets.Length * sets.Sum(set => (long)set.Ranges.Count) > MostWork)
        {
            throw TextMachine.TooLarge(_field, mostStates);
        }
        List<CodePointSet> classes = Classes(sets);
        var memberships = new Dictionary<CodePointSet, bool[]>(ReferenceEqualityComparer.Instance);
        foreach ((CodePointSet Set, int Target)? step in _steps)
        {
            if (step is { } some)
            {
                memberships.TryAdd(some.Set, [.. classes.Select(kind => some.Set.Contains(kind.Ranges[0].First))]);
            }
        }
        var states = new List<TextMachine.State>();
        var numbers = new Dictionary<string, int>();
        var queue = new Queue<int[]>();
        int[] first = Closure([start], atBeginning: true, atEnd: false);
        Number(first);
        long work = 0;
        while (queue.TryDequeue(out int[]? subset))
        {
            // Behind the first character nothing is at the beginning any more, so only the first subset is found so.
            bool isFinal = Closure(subset, atBeginning: states.Count == 0, atEnd: true).Contains(_end);
            var byTarget = new Dictionary<int, List<(int, int)>>();
            for (int kind = 0; kind < classes.Count; kind++)
            {
                var targets = new HashSet<int>();
                foreach (int node in subset)
                {
                    if (_steps[node] is { } step && memberships[step.Set][kind])
                    {
                        targets.Add(step.Target);
                    }
                }
                if ((work += subset.Length + 1) > MostWork)
                {
                    throw TextMachine.TooLarge(_field, mostStates);
                }
                if (targets.Count > 0)
                {
                    int number = Number(Closure(targets, atBeginning: false, atEnd: false));
                    if (!byTarget.TryGetValue(number, out List<(int, int)>? ranges))
                    {
                        byTarget.Add(number, ranges = []);
                    }
                    ranges.AddRange(classes[kind].Ranges);
                }
            }
            states.Add(new([.. byTarget.Select(entry => (CodePointSet.Of(entry.Value), entry.Key))], isFinal));
            if (numbers.Count > mostStates)
            {
                throw TextMachine.TooLarge(_field, mostStates);
            }
        }
        return states;

        // The first subset is a state of its own, whatever others hold.
        int Number(int[] subset)
        {
            string key = string.Join(',', subset);
            key = numbers.Count == 0 ? "first:" + key : key;
            if (!numbers.TryGetValue(key, out int number))
            {
                numbers.Add(key, number = numbers.Count);
                queue.Enqueue(subset);
            }
            return number;
        }
    }

    private int[] Closure(IEnumerable<int> nodes, bool atBeginning, bool atEnd)
    {
        var reached = new HashSet<int>();
        var work = new Stack<int>(nodes);
        while (work.TryPop(out int node))
        {
            if (reached.Add(node))
            {
                foreach ((Condition condition, int target) in _empty[node])
                {
                    if (condition switch { Condition.AtBeginning => atBeginning, Condition.AtEnd => atEnd, _ => true })
                    {
                        work.Push(target);
                    }
                }
            }
        }
        // Where something may still step, end, or need the end: the others are no part of a state.
        return [.. reached.Where(node => _steps[node] is not null || node == _end || _empty[node].Exists(e => e.Condition == Condition.AtEnd)).Order()];
    }

    /// <summary>Code points that are in the same sets.</summary>
    private static List<CodePointSet> Classes(CodePointSet[] sets)
    {
        var bounds = new SortedSet<int> { 0 };
        foreach ((int first, int last) in sets.SelectMany(set => set.Ranges))
        {
            bounds.Add(first);
            bounds.Add(last + 1);
        }
        var classes = new Dictionary<string, List<(int, int)>>();
        int[] starts = [.. bounds.Where(bound => bound <= 0x10FFFF)];
        var key = new char[sets.Length];
        for (int i = 0; i < starts.Length; i++)
        {
            for (int set = 0; set < sets.Length; set++)
            {
                key[set] = sets[set].Contains(starts[i]) ? '1' : '0';
            }
            string signature = new(key);
            if (signature.Contains('1', StringComparison.Ordinal))
            {
                if (!classes.TryGetValue(signature, out List<(int, int)>? ranges))
                {
                    classes.Add(signature, ranges = []);
                }
                ranges.Add((starts[i], i + 1 < starts.Length ? starts[i + 1] - 1 : 0x10FFFF));
            }
        }
        return [.. classes.Values.Select(CodePointSet.Of)];
    }

    private void Add(Pattern pattern, int from, int to)
    {
        switch (pattern)
        {
            case Pattern.Characters characters:
                Link(from, Step(characters.Set, to));
                break;
            case Pattern.Chain chain:
                foreach (Pattern part in chain.Parts)
                {
                    int next = Node();
                    Add(part, from, next);
                    from = next;
                }
                Link(from, to);
                break;
            case Pattern.Either either:
                foreach (Pattern part in either.Parts)
                {
                    int start = Node();
                    Link(from, start);
                    Add(part, start, to);
                }
                break;
            case Pattern.Repeated repeated:
                for (int i = 0; i < (repeated.Most ?? repeated.Least); i++)
                {
                    if (i >= repeated.Least)
                    {
                        Link(from, to);
                    }
                    int next = Node();
                    Add(repeated.Part, from, next);
                    from = next;
                }
                if (repeated.Most is null)
                {
                    int again = Node(), done = Node();
                    Link(from, again);
                    Add(repeated.Part, again, done);
                    Link(done, again);
                    Link(done, to);
                }
                Link(from, to);
                break;
            case Pattern.Beginning:
                _empty[from].Add((Condition.AtBeginning, to));
                break;
            case Pattern.End:
                _empty[from].Add((Condition.AtEnd, to));
                break;
        }
    }

    private int Step(CodePointSet set, int target)
    {
        int node = Node();
        _steps[node] = (set, target);
        return node;
    }

    private void Link(int from, int to) => _empty[from].Add((Condition.None, to));

    private int Node()
    {
        if (_empty.Count >= MostNodes)
        {
            throw TextMachine.TooLarge(_field, MostNodes);
        }
        _empty.Add([]);
        _steps.Add(null);
        return _empty.Count - 1;
    }
}
