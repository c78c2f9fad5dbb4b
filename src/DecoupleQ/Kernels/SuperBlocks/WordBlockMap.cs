using System.Runtime.CompilerServices;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>Where a <see cref="WordBlockLayout{TFormat, TPairs}"/> has scales and codes.</summary>
/// <param name="bytes">The first byte.</param>
/// <param name="blocks">Super-blocks of a row.</param>
/// <param name="slabs">Slabs.</param>
internal readonly unsafe struct WordBlockMap<TFormat, TPairs>(byte* bytes, int blocks, int slabs)
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    /// <summary>Slabs of a run.</summary>
    public const int RunSlabs = 4;

    /// <summary>Bytes of a word of a slab.</summary>
    public const int WordBytes = SuperBlockLayout.SlabRows * sizeof(ushort);

    /// <summary>Bytes of a slab's scales of a super-block: packed integers, then d, then dmin where there are minima.</summary>
    public static int ScaleBytes =>
        SuperBlockLayout.SlabRows * ((TPairs.Words * sizeof(uint)) + ((TFormat.Offset == 0 ? 2 : 1) * sizeof(ushort)));

    private static int BlockBytes => ScaleBytes + (WordBlocks.Of<TFormat>().Words * WordBytes);

    /// <summary>The slab behind the run of <paramref name="slab"/>.</summary>
    public int RunEnd(int slab) => Math.Min(slabs, ((slab / RunSlabs) + 1) * RunSlabs);

    /// <summary>The scales of a slab's super-blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Scales(nint slab, nint block) => Block(slab, block) + (slab % RunSlabs * ScaleBytes);

    /// <summary>Of a slab's scales where d are, and behind them dmin: 64 half-precision numbers each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort* Halves(byte* scales) => (ushort*)(scales + (TPairs.Words * SuperBlockLayout.SlabRows * sizeof(uint)));

    /// <summary>The words of a part of a slab's super-blocks: those of the part in the run's next slab follow them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Part(nint slab, nint block, nint part)
    {
        nint length = RunLength(slab), partBytes = WordBlocks.Of<TFormat>().PartWords * WordBytes;
        return Block(slab, block) + (length * ScaleBytes) + (((part * length) + (slab % RunSlabs)) * partBytes);
    }

    /// <summary>The words of a group of a slab's super-blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Group(nint slab, nint block, int group)
    {
        WordBlocks sizes = WordBlocks.Of<TFormat>();
        return Part(slab, block, group / sizes.PartGroups) + (group % sizes.PartGroups * sizes.GroupWords * WordBytes);
    }

    private nint RunLength(nint slab) => Math.Min(RunSlabs, slabs - (slab / RunSlabs * RunSlabs));

    // The super-blocks of a run.
    private byte* Block(nint slab, nint block) => bytes + (((slab / RunSlabs * RunSlabs * blocks) + (block * RunLength(slab))) * BlockBytes);
}
