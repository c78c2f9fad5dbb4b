namespace DecoupleQ.Pilot.Overlaps;

/// <summary>Hashes of runs, as many as there is room for: where there are more, those whose hash ends in more and more zeros.</summary>
/// <remarks>Which are kept depends on the hash alone, so that those of two texts are thinned out alike, whatever their order.</remarks>
/// <param name="most">Hashes that are kept, at least 1.</param>
internal sealed class GramSet(int most)
{
    private readonly HashSet<ulong> _hashes = [];
    private ulong _mask;

    /// <summary>How many are kept.</summary>
    public int Count => _hashes.Count;

    /// <summary>The share of all hashes that are kept: 1, or a half, a quarter ..</summary>
    public double Share => 1 / (_mask + 1.0);

    /// <summary>Adds a hash, if it is one of those that are kept.</summary>
    public void Add(ulong hash)
    {
        if (!Keeps(hash))
        {
            return;
        }
        _hashes.Add(hash);
        while (_hashes.Count > most)
        {
            _mask = (_mask << 1) | 1;
            _hashes.RemoveWhere(other => !Keeps(other));
        }
    }

    /// <summary>Whether a hash would be kept.</summary>
    public bool Keeps(ulong hash) => (hash & _mask) == 0;

    /// <summary>Whether it was added, and is kept.</summary>
    public bool Contains(ulong hash) => _hashes.Contains(hash);
}
