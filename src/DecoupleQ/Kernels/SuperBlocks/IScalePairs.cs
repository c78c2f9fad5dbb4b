using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>How a <see cref="WordBlockLayout{TFormat, TPairs}"/> keeps the small integers of 16 rows' super-blocks: in as many bits as the file has.</summary>
/// <remarks>
/// A pair is the integers of two groups in the halves of a row's lane, ready to be multiplied: pair 2w + i has those of groups 4w + i and 4w + i + 2.
/// </remarks>
internal unsafe interface IScalePairs
{
    /// <summary>Words of 32 bits of a row.</summary>
    static abstract int Words { get; }

    /// <summary>Packs all pairs.</summary>
    /// <param name="scales">Pairs of scales.</param>
    /// <param name="minima">Pairs of minima; not looked at in formats without.</param>
    /// <param name="words"><see cref="Words"/> vectors, a slab's rows apart.</param>
    static abstract void Pack(Vector512<short>* scales, Vector512<short>* minima, uint* words);

    /// <summary>Unpacks all pairs: a pair's vectors are <paramref name="stride"/> apart.</summary>
    static abstract void Unpack(uint* words, Vector512<short>* scales, Vector512<short>* minima, int stride);
}
