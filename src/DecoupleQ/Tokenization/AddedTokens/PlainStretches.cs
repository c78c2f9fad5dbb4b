using System.Text;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>The stretches of a text in which control tokens are text like any other.</summary>
internal sealed class PlainStretches
{
    // Sorted, apart from one another.
    private readonly (int Start, int End)[] _stretches;

    private PlainStretches((int Start, int End)[] stretches) => _stretches = stretches;

    /// <summary>The whole text: no control token is recognised.</summary>
    public static PlainStretches All { get; } = new([(0, int.MaxValue)]);

    /// <summary>None of the text: every control token is recognised.</summary>
    public static PlainStretches None { get; } = new([]);

    public bool IsEmpty => _stretches.Length == 0;

    /// <summary>All of a text, or none of it.</summary>
    /// <exception cref="DecoupleQException">The value has no meaning.</exception>
    public static PlainStretches Of(SpecialTokens special) => special switch
    {
        SpecialTokens.Recognized => None,
        SpecialTokens.AsText => All,
        _ => throw new DecoupleQException(
            $"The value is {special}.", field: "special-tokens", expected: OptionRange.Named<SpecialTokens>().Expected),
    };

    /// <summary>Stretches of <paramref name="text"/>, counted in bytes of its UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ranges">The stretches in UTF-16 units, in any order; one that cuts a surrogate pair covers all of it.</param>
    /// <exception cref="ArgumentOutOfRangeException">One does not lie in the text.</exception>
    public static PlainStretches InBytes(string text, IReadOnlyList<Range> ranges)
    {
        (int characters, int bytes) = (0, 0);
        return new(
        [
            .. ranges.Select(range => range.GetOffsetAndLength(text.Length)).Where(part => part.Length > 0)
                .Select(part => (Start: part.Offset, End: part.Offset + part.Length)).Order()
                .Select(part => (Bytes(part.Start, isEnd: false), Bytes(part.End, isEnd: true))),
        ]);

        int Bytes(int at, bool isEnd)
        {
            bool cutsPair = at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
            int whole = cutsPair ? at - 1 : at;
            bytes += Encoding.UTF8.GetByteCount(text.AsSpan(characters, whole - characters));
            characters = whole;
            return cutsPair && isEnd ? bytes + 4 : bytes;
        }
    }

    /// <summary>Whether any of [<paramref name="start"/>, <paramref name="end"/>) lies in a stretch.</summary>
    public bool Touches(int start, int end) => FirstAfter(start) is var first && first < _stretches.Length && _stretches[first].Start < end;

    /// <summary>What lies in [<paramref name="start"/>, <paramref name="end"/>), counted from its start.</summary>
    public PlainStretches Within(int start, int end) => this == None || this == All ? this : new(
    [
        .. _stretches.Skip(FirstAfter(start)).TakeWhile(stretch => stretch.Start < end)
            .Select(stretch => (Math.Max(stretch.Start, start) - start, Math.Min(stretch.End, end) - start)),
    ]);

    /// <summary>The stretches with other bounds in the same order.</summary>
    public PlainStretches Map(Func<int, int> bound) => new([.. _stretches.Select(stretch => (bound(stretch.Start), bound(stretch.End)))]);

    public IEnumerable<(int Start, int End)> Enumerate() => _stretches;

    /// <summary>The first stretch that ends after a place.</summary>
    private int FirstAfter(int place)
    {
        int low = 0, high = _stretches.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _stretches[middle].End <= place ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
