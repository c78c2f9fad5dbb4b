using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Patterns;

internal enum PatternOperation
{
    /// <summary>The match ends.</summary>
    Accept,

    /// <summary>One code point of the set.</summary>
    Set,

    /// <summary>Min to Max code points of the set, one after the other.</summary>
    Loop,

    /// <summary>Goes on at the target.</summary>
    Jump,

    /// <summary>Goes on at the next instruction, and where that fails at the target.</summary>
    TryNext,

    /// <summary>Goes on at the target, and where that fails at the next instruction.</summary>
    TryTarget,

    /// <summary>Goes on at the first of the choices that may begin here, then at the others.</summary>
    Choose,

    /// <summary>The next code point is in the set; it is not consumed.</summary>
    Ahead,

    /// <summary>The text ends, or the next code point is not in the set.</summary>
    NotAhead,

    /// <summary>The instructions up to the next Accept match here; goes on at the target without consuming.</summary>
    AheadBlock,

    /// <summary>The instructions up to the next Accept do not match here.</summary>
    NotAheadBlock,

    /// <summary>The instructions up to the next Accept match here, and are not tried a second time; goes on at the target after them.</summary>
    AtomicBlock,
}

/// <summary>One step of a <see cref="PatternProgram"/>.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation)
{
    public CodePointLookup? Set { get; init; }

    public int Min { get; init; }

    public int Max { get; init; }

    public Greediness Greediness { get; init; }

    public int Target { get; init; }

    public PatternChoices? Choices { get; init; }
}

/// <summary>The choices of an alternation, and which of them may begin with a code point.</summary>
internal sealed class PatternChoices
{
    public const int MaxCount = 64;

    private readonly ulong[] _byAscii = new ulong[128];
    private readonly CodePointLookup?[] _first;
    private readonly ulong _nullable;

    public PatternChoices(IReadOnlyList<PatternNode> choices, Func<CodePointSet, CodePointLookup> lookup)
    {
        Targets = new int[choices.Count];
        _first = new CodePointLookup?[choices.Count];
        for (int i = 0; i < choices.Count; i++)
        {
            if (choices[i].CanBeEmpty)
            {
                _nullable |= 1UL << i;
                continue;
            }
            _first[i] = lookup(choices[i].First);
        }
        for (int c = 0; c < 128; c++)
        {
            _byAscii[c] = Filter(c);
        }
    }

    public int[] Targets { get; }

    /// <summary>Bit i is set if choice i may match where the text ends.</summary>
    public ulong AtEnd => _nullable;

    /// <summary>Bit i is set if choice i may match where <paramref name="codePoint"/> follows.</summary>
    public ulong At(int codePoint) => codePoint < 128 ? _byAscii[codePoint] : Filter(codePoint);

    /// <summary>Steps that <see cref="At"/> takes beyond its own: beyond ASCII it looks into the set of each choice.</summary>
    public int StepsAt(int codePoint) => codePoint < 128 ? 0 : _first.Length / 4;

    private ulong Filter(int codePoint)
    {
        ulong mask = _nullable;
        for (int i = 0; i < _first.Length; i++)
        {
            if (_first[i] is { } first && first.Contains(codePoint))
            {
                mask |= 1UL << i;
            }
        }
        return mask;
    }
}

/// <summary>A compiled pattern: instructions for <see cref="PatternMatcher"/>, over code points in UTF-8.</summary>
/// <remarks>.NET's own expressions work on UTF-16 units, where <c>\p{L}</c> misses every letter beyond the first plane, and read some syntax
/// differently from the library that the published tokenizers are run with.</remarks>
internal sealed class PatternProgram
{
    /// <summary>Most instructions; published patterns need fewer than 100.</summary>
    public const int MaxInstructions = 4096;

    /// <summary>Most different sets; each costs about 10 KB, and published patterns need about 10.</summary>
    public const int MaxSets = 64;

    private readonly List<PatternInstruction> _code = [];
    private readonly List<CodePointLookup> _sets = [];

    private PatternProgram(string text, PatternNode pattern)
    {
        Text = text;
        Emit(pattern);
        Add(new PatternInstruction(PatternOperation.Accept));
        Only = pattern is Concatenation { Parts: [OneOf one] } ? one.Set.Single : null;
        First = pattern.CanBeEmpty ? null : Lookup(pattern.First);
        MakePossessive();
        Code = [.. _code];
    }

    /// <summary>The pattern as it is written.</summary>
    public string Text { get; }

    public PatternInstruction[] Code { get; }

    /// <summary>The code points a match begins with; null if a match may be empty.</summary>
    public CodePointLookup? First { get; }

    /// <summary>Whether a match may be empty.</summary>
    public bool CanBeEmpty => First is null;

    /// <summary>The code point that is the only match, of a program made by <see cref="Literal"/>; null if there is none.</summary>
    public int? Only { get; }

    /// <exception cref="DecoupleQException">The pattern is malformed, not understood or too large; no file and field are set.</exception>
    public static PatternProgram Compile(string pattern) => new(pattern, PatternParser.Parse(pattern));

    /// <summary>The program that finds exactly <paramref name="text"/>.</summary>
    public static PatternProgram Literal(string text) => new(text, PatternParser.Literal(text));

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case OneOf one:
                Add(new PatternInstruction(PatternOperation.Set) { Set = Lookup(one.Set) });
                break;
            case Concatenation concatenation:
                foreach (PatternNode part in concatenation.Parts)
                {
                    Emit(part);
                }
                break;
            case Alternation alternation:
                EmitChoices(alternation);
                break;
            case Repetition { Body: OneOf one } loop:
                Add(new PatternInstruction(PatternOperation.Loop) { Set = Lookup(one.Set), Min = loop.Min, Max = loop.Max, Greediness = loop.Greediness });
                break;
            case Repetition { Greediness: Greediness.Possessive } possessive:
                EmitBlock(PatternOperation.AtomicBlock, possessive with { Greediness = Greediness.Greedy });
                break;
            case Repetition repetition:
                EmitRepetition(repetition);
                break;
            case LookAhead { Body: OneOf one } look:
                Add(new PatternInstruction(look.Negative ? PatternOperation.NotAhead : PatternOperation.Ahead) { Set = Lookup(one.Set) });
                break;
            case LookAhead look:
                EmitBlock(look.Negative ? PatternOperation.NotAheadBlock : PatternOperation.AheadBlock, look.Body);
                break;
            case Atomic atomic:
                EmitBlock(PatternOperation.AtomicBlock, atomic.Body);
                break;
            default:
                throw new InvalidOperationException($"{node.GetType().Name} has no instruction.");
        }
    }

    private void EmitChoices(Alternation alternation)
    {
        if (alternation.Choices.Count > PatternChoices.MaxCount)
        {
            throw new DecoupleQException(
                $"The pattern has an alternation of {alternation.Choices.Count} choices.", expected: $"at most {PatternChoices.MaxCount}");
        }
        var choices = new PatternChoices(alternation.Choices, Lookup);
        Add(new PatternInstruction(PatternOperation.Choose) { Choices = choices });
        var jumps = new List<int>();
        for (int i = 0; i < choices.Targets.Length; i++)
        {
            choices.Targets[i] = _code.Count;
            Emit(alternation.Choices[i]);
            jumps.Add(Add(new PatternInstruction(PatternOperation.Jump)));
        }
        foreach (int jump in jumps)
        {
            PointToEnd(jump);
        }
    }

    private void EmitRepetition(Repetition repetition)
    {
        for (int i = 0; i < repetition.Min; i++)
        {
            Emit(repetition.Body);
        }
        // Greedy: try the body, else leave. Lazy: leave, else try the body.
        PatternOperation operation = repetition.Greediness == Greediness.Greedy ? PatternOperation.TryNext : PatternOperation.TryTarget;
        if (repetition.Max == int.MaxValue)
        {
            int head = Add(new PatternInstruction(operation));
            Emit(repetition.Body);
            Add(new PatternInstruction(PatternOperation.Jump) { Target = head });
            PointToEnd(head);
            return;
        }
        var exits = new List<int>();
        for (int i = repetition.Min; i < repetition.Max; i++)
        {
            exits.Add(Add(new PatternInstruction(operation)));
            Emit(repetition.Body);
        }
        foreach (int exit in exits)
        {
            PointToEnd(exit);
        }
    }

    private void EmitBlock(PatternOperation operation, PatternNode body)
    {
        int block = Add(new PatternInstruction(operation));
        Emit(body);
        Add(new PatternInstruction(PatternOperation.Accept));
        PointToEnd(block);
    }

    /// <summary>Frees greedy loops from remembering where they could stop earlier, where stopping earlier cannot help:
    /// what follows always matches, or begins with nothing that the loop consumes.</summary>
    private void MakePossessive()
    {
        for (int i = 0; i < _code.Count; i++)
        {
            if (_code[i] is { Operation: PatternOperation.Loop, Greediness: Greediness.Greedy } loop
                && (AlwaysMatches(i + 1) || BeginsOutside(i + 1, loop.Set!)))
            {
                _code[i] = loop with { Greediness = Greediness.Possessive };
            }
        }
    }

    private bool AlwaysMatches(int at)
    {
        // Jumps lead forward except to the head of a repetition, which is TryNext or TryTarget, so this ends.
        while (true)
        {
            switch (_code[at])
            {
                case { Operation: PatternOperation.Accept }:
                    return true;
                case { Operation: PatternOperation.Jump } jump:
                    at = jump.Target;
                    break;
                case { Operation: PatternOperation.Loop, Min: 0 }:
                    at++;
                    break;
                default:
                    return false;
            }
        }
    }

    private bool BeginsOutside(int at, CodePointLookup set)
    {
        while (_code[at].Operation == PatternOperation.Jump)
        {
            at = _code[at].Target;
        }
        return _code[at] is { Operation: PatternOperation.Set } or { Operation: PatternOperation.Loop, Min: > 0 }
            && _code[at].Set!.Set.Intersect(set.Set).IsEmpty;
    }

    private CodePointLookup Lookup(CodePointSet set)
    {
        foreach (CodePointLookup known in _sets)
        {
            if (known.Set.SameAs(set))
            {
                return known;
            }
        }
        if (_sets.Count == MaxSets)
        {
            throw new DecoupleQException($"The pattern has more than {MaxSets} different character classes.", expected: "a shorter pattern");
        }
        CodePointLookup lookup = set.ToLookup();
        _sets.Add(lookup);
        return lookup;
    }

    private int Add(PatternInstruction instruction)
    {
        if (_code.Count == MaxInstructions)
        {
            throw new DecoupleQException("The pattern is too large.", expected: $"at most {MaxInstructions} instructions when compiled");
        }
        _code.Add(instruction);
        return _code.Count - 1;
    }

    private void PointToEnd(int instruction) => _code[instruction] = _code[instruction] with { Target = _code.Count };
}
