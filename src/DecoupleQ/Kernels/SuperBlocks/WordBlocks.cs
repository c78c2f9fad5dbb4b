using System.Runtime.CompilerServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>A super-block of a K-quant as a stream of 16-bit words of codes: its sizes.</summary>
/// <remarks>
/// A part is what shares the step of its tables: as many groups as have tables that stay in the first-level cache beside the scales, a multiple of four.
/// </remarks>
/// <param name="Bits">Bits of a code.</param>
/// <param name="GroupSize">Inputs of a group.</param>
internal readonly record struct WordBlocks(int Bits, int GroupSize)
{
    /// <summary>Groups of whose scales a word of bytes has one each; the pairs of a <see cref="IScalePairs"/> are of the same four.</summary>
    public const int Four = 4;

    public const int WordBits = 16;

    /// <summary>Groups of a super-block.</summary>
    public int Groups => SuperBlockMatrix.BlockLength / GroupSize;

    /// <summary>Pairs of groups of a super-block.</summary>
    public int Pairs => Groups / 2;

    /// <summary>Words of a group.</summary>
    public int GroupWords => GroupSize * Bits / WordBits;

    /// <summary>Words of a super-block.</summary>
    public int Words => Groups * GroupWords;

    /// <summary>Groups of a part.</summary>
    public int PartGroups => Bits <= 3 ? 2 * Four : Four;

    /// <summary>Words of a part.</summary>
    public int PartWords => PartGroups * GroupWords;

    /// <summary>Inputs of a part.</summary>
    public int PartInputs => PartGroups * GroupSize;

    /// <summary>Parts of a super-block.</summary>
    public int Parts => Groups / PartGroups;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordBlocks Of<TFormat>()
        where TFormat : ISuperBlock => new(TFormat.Bits, TFormat.GroupSize);
}
