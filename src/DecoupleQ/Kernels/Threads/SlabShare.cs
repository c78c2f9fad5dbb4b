namespace DecoupleQ.Kernels.Threads;

/// <summary>The body of a loop over slabs, called once by each thread that takes part.</summary>
internal delegate void SlabBody(ref SlabShare share);

/// <summary>A thread's way through a loop over slabs: its own range in order, then what others have not got to.</summary>
internal struct SlabShare
{
    private readonly SlabRanges? _ranges;
    private readonly int _slabs;
    private int _owner;
    private bool _fromFront;
    private int _next;

    /// <summary>All <paramref name="slabs"/> slabs for one thread.</summary>
    public SlabShare(int slabs) => _slabs = slabs;

    /// <summary>The share of <paramref name="thread"/>.</summary>
    public SlabShare(SlabRanges ranges, int thread)
    {
        _ranges = ranges;
        Thread = _owner = thread;
        _fromFront = true;
    }

    /// <summary>The thread's number in its team, the same in every loop; 0 is the caller.</summary>
    public int Thread { get; }

    /// <summary>The next slab; false when none is left.</summary>
    public bool TryTake(out int slab)
    {
        if (_ranges is null)
        {
            slab = _next++;
            return slab < _slabs;
        }
        slab = _fromFront ? _ranges.TakeFirst(_owner) : -1;
        if (slab < 0)
        {
            slab = _ranges.TakeOther(ref _owner, out _fromFront);
        }
        return slab >= 0;
    }
}
