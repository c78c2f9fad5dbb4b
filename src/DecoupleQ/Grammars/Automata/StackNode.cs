namespace DecoupleQ.Grammars.Automata;

/// <summary>
/// The upper end of stacks: a call that is open, and all that it may return to. Stacks share what they have in common, above (several returns) and below (one
/// node in many), so that a text with many readings takes little room. Equal nodes are one object.
/// </summary>
internal sealed class StackNode
{
    private readonly int _hash;

    // Of all but the counts.
    private readonly int _continuation;

    /// <param name="entry">The first position of what was called.</param>
    /// <param name="least">How many times its body comes at least from here on, this time included.</param>
    /// <param name="most">How many times at most, this time included; -1 for any number.</param>
    /// <param name="returns">As <see cref="Distinct"/> gives them.</param>
    /// <param name="id">Its number, for order and hashing.</param>
    public StackNode(int entry, int least, int most, Return[] returns, int id)
    {
        (Entry, Least, Most, Returns, Id) = (entry, least, most, returns, id);
        var hash = new HashCode();
        hash.Add(entry);
        foreach (Return place in returns)
        {
            hash.Add(place.Position);
            hash.Add(place.Below?.Id ?? -1);
            Depth = Math.Max(Depth, place.Below is null ? 0 : place.Below.Depth + 1);
        }
        _continuation = hash.ToHashCode();
        _hash = HashCode.Combine(_continuation, least, most);
    }

    public int Entry { get; }

    public int Least { get; }

    public int Most { get; }

    public Return[] Returns { get; }

    public int Id { get; set; }

    /// <summary>How many calls are open below it at most.</summary>
    public int Depth { get; }

    /// <summary>Where a text is once the call has returned; null until it is asked for.</summary>
    public AutomatonState? Returned { get; set; }

    /// <summary>Whether every text that goes on from another call of the same body goes on from this one too: all that differs is the counts.</summary>
    public bool Covers(StackNode other) => Least <= other.Least && (Most < 0 || other.Most >= 0 && Most >= other.Most)
        && _continuation == other._continuation && Entry == other.Entry
        && (ReferenceEquals(Returns, other.Returns) || Returns.AsSpan().SequenceEqual(other.Returns));

    /// <summary>Places to return to in their order, without those that others cover.</summary>
    public static Return[] Distinct(List<Return> places)
    {
        places.Sort();
        var kept = new List<Return>(places.Count);
        // Only neighbours can cover one another.
        int group = 0;
        foreach (Return place in places)
        {
            if (kept.Count > group && !kept[group].IsBeside(place))
            {
                group = kept.Count;
            }
            bool isCovered = false;
            for (int other = kept.Count - 1; other >= group && !isCovered; other--)
            {
                if (kept[other].Covers(place))
                {
                    isCovered = true;
                }
                else if (place.Covers(kept[other]))
                {
                    kept.RemoveAt(other);
                }
            }
            if (!isCovered)
            {
                kept.Add(place);
            }
        }
        return [.. kept];
    }

    /// <summary>A place to return to.</summary>
    /// <param name="Position">The position; <see cref="Accept"/> where the whole text ends, <see cref="Unknown"/> where that is another matter.</param>
    /// <param name="Below">The call that it is in; null for those two.</param>
    public readonly record struct Return(int Position, StackNode? Below) : IComparable<Return>
    {
        public const int Accept = -1, Unknown = -2;

        public int CompareTo(Return other)
        {
            int order = Position.CompareTo(other.Position);
            order = order != 0 ? order : (Below?._continuation ?? 0).CompareTo(other.Below?._continuation ?? 0);
            return order != 0 ? order : (Below?.Id ?? 0).CompareTo(other.Below?.Id ?? 0);
        }

        /// <summary>Whether all that differs may be the counts of the call that it is in.</summary>
        public bool IsBeside(Return other) => Position == other.Position && (Below?._continuation ?? 0) == (other.Below?._continuation ?? 0);

        /// <summary>Whether every text that goes on from another place goes on from this one too.</summary>
        public bool Covers(Return other) => this == other
            || Position == other.Position && Below is { } below && other.Below is { } otherBelow && below.Covers(otherBelow);
    }

    public sealed class ByContent : IEqualityComparer<StackNode>
    {
        public bool Equals(StackNode? x, StackNode? y) => x is not null && y is not null
            && x._hash == y._hash && x.Entry == y.Entry && x.Least == y.Least && x.Most == y.Most && x.Returns.AsSpan().SequenceEqual(y.Returns);

        public int GetHashCode(StackNode obj) => obj._hash;
    }
}
