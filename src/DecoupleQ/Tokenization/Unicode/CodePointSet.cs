namespace DecoupleQ.Tokenization.Unicode;

/// <summary>A set of Unicode code points, U+0000 to U+10FFFF: sorted ranges that neither overlap nor touch.</summary>
/// <remarks>Immutable. <see cref="ToLookup"/> gives the form that is fast to ask.</remarks>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;

    private readonly (int First, int Last)[] _ranges;
    private CodePointSet? _complement;

    private CodePointSet((int First, int Last)[] ranges) => _ranges = ranges;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([(0, Last)]);

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The one code point of a set that has one.</summary>
    public int? Single => _ranges is [var only] && only.First == only.Last ? only.First : null;

    public static CodePointSet Of(int codePoint) => new([(codePoint, codePoint)]);

    public static CodePointSet Of(int first, int last) => new([(first, last)]);

    /// <summary>The set of ranges in any order, overlapping or not.</summary>
    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }
        return new CodePointSet([.. merged]);
    }

    public CodePointSet Union(CodePointSet other) => Of(_ranges.Concat(other._ranges));

    /// <summary>All other code points; found once.</summary>
    public CodePointSet Complement() => _complement ??= FindComplement();

    private CodePointSet FindComplement()
    {
        var gaps = new List<(int, int)>();
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }
            next = last + 1;
        }
        if (next <= Last)
        {
            gaps.Add((next, Last));
        }
        return new CodePointSet([.. gaps]) { _complement = this };
    }

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());

    public bool Contains(int codePoint)
    {
        int low = 0;
        int high = _ranges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (codePoint > _ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low < _ranges.Length && codePoint >= _ranges[low].First;
    }

    public bool SameAs(CodePointSet other) => _ranges.AsSpan().SequenceEqual(other._ranges);

    public CodePointLookup ToLookup() => new(this);
}
