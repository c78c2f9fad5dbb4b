using System.Runtime.CompilerServices;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// In which order an <see cref="AffineLayout"/> for look-ups of 16 bits has its words: of four slabs the first sixteen words of each, then the next sixteen.
/// </summary>
/// <remarks>
/// Decoding takes slabs in this order. The tables of sixteen words stay in the first-level cache meanwhile, and memory is read in one stream, which is half as
/// fast again as slab after slab with all tables coming from the second-level cache each time. A run of fewer slabs, the last one or a thread's last, is as
/// right and a little slower.
/// </remarks>
internal readonly struct WordOrder
{
    /// <summary>Slabs of a run.</summary>
    public const int RunSlabs = 4;

    private const int MostChunkWords = 16;

    private readonly int _slabs;
    private readonly nint _words;

    /// <param name="slabs">Slabs of the matrix.</param>
    /// <param name="words">Words of 16 bits of a row.</param>
    /// <param name="blockWords">Words that lie together: a block's.</param>
    public WordOrder(int slabs, int words, int blockWords)
    {
        _slabs = slabs;
        _words = words;
        ChunkBlocks = Math.Max(1, MostChunkWords / blockWords);
        ChunkWords = ChunkBlocks * blockWords;
    }

    /// <summary>Words after which the next slab's begin.</summary>
    public int ChunkWords { get; }

    /// <summary>Blocks of a chunk.</summary>
    public int ChunkBlocks { get; }

    /// <summary>The slab behind the run of <paramref name="slab"/>.</summary>
    public int RunEnd(int slab) => Math.Min(_slabs, ((slab / RunSlabs) + 1) * RunSlabs);

    /// <summary>Where a word of all 64 rows of a slab is: how many of these come before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Index(nint slab, nint word)
    {
        nint first = slab / RunSlabs * RunSlabs, chunk = (nint)((uint)word / (uint)ChunkWords), begin = chunk * ChunkWords;
        return (first * _words) + (begin * Math.Min(RunSlabs, _slabs - first)) + ((slab - first) * Math.Min(ChunkWords, _words - begin)) + (word - begin);
    }

    /// <summary>Where a group of a slab has its scales: how many groups' come before them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint GroupIndex(nint slab, nint group, nint groups)
    {
        nint first = slab / RunSlabs * RunSlabs;
        return (first * groups) + (group * Math.Min(RunSlabs, _slabs - first)) + (slab - first);
    }
}
