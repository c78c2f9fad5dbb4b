namespace DecoupleQ.Kernels.Simd;

/// <summary>Lanes of 32 bits taken as four bytes, two 16-bit integers or one 32-bit integer: exact products of codes and quantized inputs.</summary>
/// <remarks>Beside <see cref="ISingleLanes{TVector}"/> of the same vector, which loads, shifts and converts.</remarks>
internal unsafe interface IIntegerLanes<TVector>
    where TVector : unmanaged
{
    /// <summary>The word at <paramref name="source"/> in every lane.</summary>
    static abstract TVector Broadcast(uint* source);

    /// <summary>Bytes of <paramref name="codes"/> (0 .. 127) times signed bytes of <paramref name="inputs"/>, neighbours added: 16-bit integers.</summary>
    /// <remarks>A sum beyond 16 bits is the caller's mistake.</remarks>
    static abstract TVector MultiplyBytes(TVector codes, TVector inputs);

    /// <summary>Signed 16-bit integers times each other, neighbours added: 32-bit integers.</summary>
    static abstract TVector MultiplyShorts(TVector left, TVector right);

    /// <summary>Adds 16-bit integers.</summary>
    static abstract TVector AddShorts(TVector left, TVector right);

    /// <summary>Adds 32-bit integers.</summary>
    static abstract TVector AddIntegers(TVector left, TVector right);

    /// <summary>Subtracts 32-bit integers.</summary>
    static abstract TVector SubtractIntegers(TVector left, TVector right);

    /// <summary>Subtracts bytes.</summary>
    static abstract TVector SubtractBytes(TVector left, TVector right);

    /// <summary>
    /// The bits of <paramref name="low"/> that <paramref name="lowMask"/> has, and those of <paramref name="high"/> that <paramref name="highMask"/> has.
    /// </summary>
    /// <remarks>The masks have no bit in common.</remarks>
    static abstract TVector Merge(TVector low, uint lowMask, TVector high, uint highMask);

    /// <summary>Byte <paramref name="index"/> (0 .. 3) of each lane, signed, times 2^<paramref name="shift"/>, as both of its 16-bit integers.</summary>
    static abstract TVector SpreadByte(TVector bytes, int index, int shift);

    /// <summary>Bytes 0 and 2 of each lane, signed, as its two 16-bit integers.</summary>
    static abstract TVector EvenBytes(TVector bytes);

    /// <summary>Bytes 1 and 3 of each lane, signed, as its two 16-bit integers.</summary>
    static abstract TVector OddBytes(TVector bytes);
}
