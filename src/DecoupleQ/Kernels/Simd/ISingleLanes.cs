namespace DecoupleQ.Kernels.Simd;

/// <summary>Float32 lanes whose bit patterns can be worked on: what decodes stored formats.</summary>
internal unsafe interface ISingleLanes<TVector> : ILanes<TVector, float>
    where TVector : unmanaged
{
    /// <summary>Lanes as raw 32-bit words.</summary>
    static abstract TVector LoadBits(uint* source);

    /// <summary>Widens 16-bit patterns to 32-bit lanes; the upper halves are zero.</summary>
    static abstract TVector LoadHalfWords(ushort* source);

    /// <summary>As <see cref="LoadHalfWords"/>; the upper halves are copies of the sign bit.</summary>
    static abstract TVector LoadSignedHalfWords(short* source);

    /// <summary>Signed bytes as floats.</summary>
    static abstract TVector LoadSignedBytes(sbyte* source);

    static abstract TVector BroadcastBits(uint bits);

    static abstract TVector ShiftLeft(TVector bits, int count);

    /// <summary>Shifts zeros in.</summary>
    static abstract TVector ShiftRight(TVector bits, int count);

    /// <summary>Shifts copies of the sign bit in.</summary>
    static abstract TVector ShiftRightArithmetic(TVector bits, int count);

    static abstract TVector And(TVector left, TVector right);

    static abstract TVector Or(TVector left, TVector right);

    /// <summary>Each lane, taken as a signed 32-bit integer, as a float.</summary>
    static abstract TVector ConvertToSingle(TVector integers);

    /// <summary>
    /// Lanes as pairs of signed 16-bit integers, multiplied and added: <c>left.low * right.low + left.high * right.high</c>, a 32-bit integer.
    /// </summary>
    static abstract TVector MultiplyPairs(TVector left, TVector right);

    /// <summary><see cref="MultiplyPairs"/> added to <paramref name="sum"/>, in 32-bit integers.</summary>
    static abstract TVector MultiplyAddPairs(TVector left, TVector right, TVector sum);

    /// <summary>What <see cref="LookUp"/> needs for codes of <paramref name="bits"/> bits.</summary>
    static abstract TVector CodeTable(int bits);

    /// <summary>The lowest <paramref name="bits"/> bits of each lane as a float.</summary>
    static abstract TVector LookUp(TVector table, TVector words, int bits);

    /// <summary>The sum of all lanes, in a fixed order.</summary>
    static abstract float Sum(TVector vector);
}
