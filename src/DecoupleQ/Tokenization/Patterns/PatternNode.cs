using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Patterns;

/// <summary>How a repetition chooses its count.</summary>
internal enum Greediness
{
    /// <summary>As often as possible, less if the rest does not match.</summary>
    Greedy,

    /// <summary>As seldom as possible, more if the rest does not match.</summary>
    Lazy,

    /// <summary>As often as possible, and never less.</summary>
    Possessive,
}

/// <summary>A parsed regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>The code points a match can begin with; of no meaning where <see cref="CanBeEmpty"/>.</summary>
    public abstract CodePointSet First { get; }

    public abstract bool CanBeEmpty { get; }
}

/// <summary>One code point of a set.</summary>
internal sealed record OneOf(CodePointSet Set) : PatternNode
{
    public override CodePointSet First => Set;

    public override bool CanBeEmpty => false;
}

/// <summary>One after the other; an empty list matches the empty text.</summary>
internal sealed record Concatenation(IReadOnlyList<PatternNode> Parts) : PatternNode
{
    public override CodePointSet First
    {
        get
        {
            var sets = new HashSet<CodePointSet>();
            foreach (PatternNode part in Parts)
            {
                sets.Add(part.First);
                if (!part.CanBeEmpty)
                {
                    break;
                }
            }
            return sets.Count == 1 ? sets.Single() : CodePointSet.Of(sets.SelectMany(set => set.Ranges));
        }
    }

    public override bool CanBeEmpty => Parts.All(part => part.CanBeEmpty);
}

/// <summary>The first choice that leads to a match.</summary>
internal sealed record Alternation(IReadOnlyList<PatternNode> Choices) : PatternNode
{
    public override CodePointSet First => CodePointSet.Of(Choices.SelectMany(choice => choice.First.Ranges));

    public override bool CanBeEmpty => Choices.Any(choice => choice.CanBeEmpty);
}

/// <summary><paramref name="Min"/> to <paramref name="Max"/> times.</summary>
internal sealed record Repetition(PatternNode Body, int Min, int Max, Greediness Greediness) : PatternNode
{
    public override CodePointSet First => Body.First;

    public override bool CanBeEmpty => Min == 0 || Body.CanBeEmpty;
}

/// <summary>What follows matches, or does not, and is not consumed.</summary>
internal sealed record LookAhead(PatternNode Body, bool Negative) : PatternNode
{
    public override CodePointSet First => CodePointSet.Empty;

    public override bool CanBeEmpty => true;
}

/// <summary>Matches as its body does at first, without a second try: <c>(?&gt;...)</c>.</summary>
internal sealed record Atomic(PatternNode Body) : PatternNode
{
    public override CodePointSet First => Body.First;

    public override bool CanBeEmpty => Body.CanBeEmpty;
}
