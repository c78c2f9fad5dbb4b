namespace DecoupleQ.Grammars.Automata;

/// <summary>Where a text is in a grammar: every reading of it at once. Equal states are one object, and keep what a byte leads to.</summary>
internal sealed class AutomatonState
{
    private readonly int _hash;

    /// <param name="threads">The readings.</param>
    /// <param name="roots">How many of them, the first, were there before anything was called.</param>
    /// <param name="accepts">Whether the text may end.</param>
    /// <param name="returnsUnknown">Whether it may return to what is not known.</param>
    /// <param name="reach">The deepest nesting that a reading takes, if it goes on as shortly as it can.</param>
    public AutomatonState(Thread[] threads, int roots, bool accepts, bool returnsUnknown, int reach)
    {
        (Threads, Roots, Accepts, ReturnsUnknown, Reach) = (threads, roots, accepts, returnsUnknown, reach);
        var hash = new HashCode();
        hash.Add(roots);
        hash.Add(accepts);
        hash.Add(returnsUnknown);
        hash.Add(reach);
        foreach (Thread thread in threads)
        {
            hash.Add(thread.Position);
            hash.Add(thread.Node.Id);
        }
        _hash = hash.ToHashCode();
    }

    public Thread[] Threads { get; }

    public int Roots { get; }

    public bool Accepts { get; }

    public bool ReturnsUnknown { get; }

    public int Reach { get; }

    /// <summary>Whether no text goes on from here, and none ends here.</summary>
    public bool IsDead => Threads.Length == 0 && !Accepts && !ReturnsUnknown;

    /// <summary>The state after a byte of each class; null where nobody has asked, or where it is not kept.</summary>
    public AutomatonState?[]? Next { get; set; }

    /// <summary>The tokens that may come next, if they are kept.</summary>
    public ulong[]? Mask { get; set; }

    /// <summary>A reading of the text.</summary>
    /// <param name="Position">Where it is.</param>
    /// <param name="Node">The call that it is in.</param>
    public readonly record struct Thread(int Position, StackNode Node);

    public sealed class ByContent : IEqualityComparer<AutomatonState>
    {
        public bool Equals(AutomatonState? x, AutomatonState? y) => x is not null && y is not null
            && x._hash == y._hash && x.Roots == y.Roots && x.Accepts == y.Accepts && x.ReturnsUnknown == y.ReturnsUnknown
            && x.Reach == y.Reach && x.Threads.AsSpan().SequenceEqual(y.Threads);

        public int GetHashCode(AutomatonState obj) => obj._hash;
    }
}
