namespace DecoupleQ.Tokenization;

/// <summary>The stretches of a text in which special tokens are text like any other.</summary>
internal sealed class PlainStretches
{
    // Sorted, apart from one another.
    private readonly (int Start, int End)[] _stretches;

    private PlainStretches((int Start, int End)[] stretches) => _stretches = stretches;

    /// <summary>The whole text: no special token is recognised.</summary>
    public static PlainStretches All { get; } = new([(0, int.MaxValue)]);

    /// <summary>None of the text: every special token is recognised.</summary>
    public static PlainStretches None { get; } = new([]);

    public bool IsEmpty => _stretches.Length == 0;

    public static PlainStretches Of(SpecialTokens special) => special == SpecialTokens.Recognized ? None : All;

    /// <summary>The stretches, in any order, of a text of <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One does not lie in the text.</exception>
    public static PlainStretches Of(IReadOnlyList<Range> ranges, int length) => new(
    [
        .. ranges.Select(range => range.GetOffsetAndLength(length)).Where(part => part.Length > 0).Select(part => (part.Offset, part.Offset + part.Length)).Order(),
    ]);

    /// <summary>Whether any of [<paramref name="start"/>, <paramref name="end"/>) lies in a stretch.</summary>
    public bool Touches(int start, int end)
    {
        int low = 0, high = _stretches.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _stretches[middle].End <= start ? (middle + 1, high) : (low, middle);
        }
        return low < _stretches.Length && _stretches[low].Start < end;
    }

    /// <summary>What lies in [<paramref name="start"/>, <paramref name="end"/>), counted from its start.</summary>
    public PlainStretches Within(int start, int end) => this == None || this == All ? this : new(
    [
        .. _stretches.Where(stretch => stretch.Start < end && stretch.End > start).Select(stretch => (Math.Max(stretch.Start, start) - start, Math.Min(stretch.End, end) - start)),
    ]);

    /// <summary>The stretches with other bounds in the same order.</summary>
    public PlainStretches Map(Func<int, int> bound) => new([.. _stretches.Select(stretch => (bound(stretch.Start), bound(stretch.End)))]);

    public IEnumerable<(int Start, int End)> Enumerate() => _stretches;
}
