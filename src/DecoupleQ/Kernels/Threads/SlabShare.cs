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

    /// <summary>The next slabs, up to the end of the first one's run where the thread owns them; false when none is left.</summary>
    /// <param name="runEnds">For each slab where its run ends; null if each is a run.</param>
    /// <param name="slab">The first.</param>
    /// <param name="count">How many.</param>
    public bool TryTake(int[]? runEnds, out int slab, out int count)
    {
        if (_ranges is null)
        {
            slab = _next;
            count = slab >= _slabs ? 0 : runEnds is null ? 1 : runEnds[slab] - slab;
            _next += count;
            return count > 0;
        }
        if (_fromFront && _ranges.TakeRun(_owner, runEnds, out slab, out count))
        {
            return true;
        }
        count = 1;
        slab = _ranges.TakeOther(ref _owner, out _fromFront);
        return slab >= 0;
    }

    /// <summary>The next slab; false when none is left.</summary>
    public bool TryTake(out int slab) => TryTake(null, out slab, out _);
}
