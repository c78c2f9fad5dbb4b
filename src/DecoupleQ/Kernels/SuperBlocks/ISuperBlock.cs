using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>Where a K-quant keeps its codes and scales in the words of a block, for vectors of rows of a <see cref="SuperBlockLayout"/>.</summary>
/// <remarks>In every format the four bytes of a word are four columns next to each other, and bits of one place belong to one group.</remarks>
internal unsafe interface ISuperBlock
{
    /// <summary>Columns of a group: 16 or 32.</summary>
    static abstract int GroupSize { get; }

    /// <summary>Quads (four columns) whose products with bytes add up within 16 bits; at most a group's.</summary>
    static abstract int QuadsPerRun { get; }

    /// <summary>What is subtracted from codes; 0 in formats with minima.</summary>
    static abstract int Offset { get; }

    /// <summary>Bits of a code.</summary>
    static abstract int Bits { get; }

    /// <summary>Bits by which the codes of odd strips are shifted to the left in what <see cref="Codes"/> gives.</summary>
    static abstract int OddShift { get; }

    /// <summary>The codes of four columns of both strips of a pair, a byte each: columns 32 strip + 4 <paramref name="quad"/> .. + 3.</summary>
    /// <param name="block">Word 0 of the vector's first row.</param>
    /// <param name="quad">0 .. 7.</param>
    /// <param name="even">Of the even strip.</param>
    /// <param name="odd">Of the odd strip.</param>
    static abstract void Codes<TPair, TLanes, TIntegers, TVector>(uint* block, int quad, out TVector even, out TVector odd)
        where TPair : IStripPair
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged;

    /// <summary>The scales of all groups, signed bytes, four groups a word; likewise the minima, or the scales again in formats without.</summary>
    static abstract void Scales<TLanes, TIntegers, TVector>(uint* block, TVector* scales, TVector* minima)
        where TLanes : ISingleLanes<TVector>
        where TIntegers : IIntegerLanes<TVector>
        where TVector : unmanaged;

    /// <summary>The numbers of the block that scales and minima are multiplied by; the second is not used in formats without minima.</summary>
    /// <param name="chunk">The slab's blocks.</param>
    /// <param name="row">The vector's first row.</param>
    /// <param name="scale">One a row.</param>
    /// <param name="minimum">One a row.</param>
    static abstract void Halves<TLanes, TVector>(uint* chunk, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged;
}
