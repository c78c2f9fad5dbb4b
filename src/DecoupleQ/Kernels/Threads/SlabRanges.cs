namespace DecoupleQ.Kernels.Threads;

/// <summary>Who of a team works on which of a loop's slabs: each thread owns a range, the same one in every loop of so many slabs.</summary>
/// <remarks>
/// A range is a word of its generation, its first slab left and its end. Its owner takes slabs from the front; threads that have none left take them from the
/// back, or, where the owner has not come yet, from the front too. A word of an older generation stands for a whole range, so that no one needs to write all of
/// them when a loop begins.
/// </remarks>
internal sealed class SlabRanges(int threads)
{
    /// <summary>Slabs of a loop at most.</summary>
    public const int MostSlabs = (1 << SlabBits) - 1;

    private const int SlabBits = 20;
    private const int LastGeneration = (1 << (63 - (2 * SlabBits))) - 1;
    private const int Padding = 128 / sizeof(long);

    private readonly long[] _words = new long[(threads + 1) * Padding];
    private PaddedCounter _unfinished;
    private long _generation;
    private int _slabs;

    /// <summary>Threads that share a loop.</summary>
    public int Threads => threads;

    /// <summary>Where the range of <paramref name="thread"/> begins; that of the last thread ends where one more would begin.</summary>
    public static int First(int slabs, int threads, int thread) => (int)((long)slabs * thread / threads);

    /// <summary>Begins a loop. No one may be taking slabs.</summary>
    public void Begin(int slabs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slabs, MostSlabs);
        if (_generation == LastGeneration)
        {
            Array.Clear(_words);
            _generation = 0;
        }
        _generation++;
        _slabs = slabs;
        _unfinished.Value = Math.Min(slabs, threads);
    }

    /// <summary>Leaves out the slabs that no one has taken.</summary>
    public void Abandon()
    {
        for (int t = 0; t < threads; t++)
        {
            Volatile.Write(ref Word(t), Pack(0, 0));
        }
        Volatile.Write(ref _unfinished.Value, 0);
    }

    /// <summary>Takes the first slabs left of a range: those of a run, but no more than half of what is left, so that a slow thread can be helped.</summary>
    /// <param name="owner">Whose range.</param>
    /// <param name="runEnds">For each slab where its run ends; null if each is a run.</param>
    /// <param name="slab">The first; -1 if none is left.</param>
    /// <param name="count">How many.</param>
    /// <returns>Whether one was left.</returns>
    public bool TakeRun(int owner, int[]? runEnds, out int slab, out int count)
    {
        slab = Take(owner, last: false, runEnds, out count);
        return slab >= 0;
    }

    /// <summary>Takes a slab of another thread's range.</summary>
    /// <param name="owner">In: the thread after which to look. Out: the owner of the slab, and of more from the front on if it has not come yet.</param>
    /// <param name="wholly">Whether the owner has not come yet.</param>
    /// <returns>The slab; -1 if all have been taken.</returns>
    public int TakeOther(ref int owner, out bool wholly)
    {
        for (int i = 0, t = owner; i < threads && Volatile.Read(ref _unfinished.Value) > 0; i++)
        {
            t = t + 1 == threads ? 0 : t + 1;
            wholly = Volatile.Read(ref Word(t)) >> (2 * SlabBits) != _generation;
            int slab = Take(t, last: !wholly, null, out _);
            if (slab >= 0)
            {
                owner = t;
                return slab;
            }
        }
        wholly = false;
        return -1;
    }

    private int Take(int owner, bool last, int[]? runEnds, out int count)
    {
        ref long word = ref Word(owner);
        while (true)
        {
            long seen = Volatile.Read(ref word);
            int first = (int)(seen >> SlabBits) & MostSlabs, end = (int)seen & MostSlabs;
            if (seen >> (2 * SlabBits) != _generation)
            {
                first = First(_slabs, threads, owner);
                end = First(_slabs, threads, owner + 1);
            }
            count = 1;
            if (first >= end)
            {
                return -1;
            }
            if (runEnds is not null)
            {
                count = Math.Min(runEnds[first] - first, (end - first + 1) / 2);
            }
            if (Interlocked.CompareExchange(ref word, last ? Pack(first, end - 1) : Pack(first + count, end), seen) == seen)
            {
                if (end - first == count)
                {
                    Interlocked.Decrement(ref _unfinished.Value);
                }
                return last ? end - 1 : first;
            }
        }
    }

    private long Pack(int first, int end) => (_generation << (2 * SlabBits)) | ((long)first << SlabBits) | (uint)end;

    private ref long Word(int thread) => ref _words[(thread + 1) * Padding];
}
