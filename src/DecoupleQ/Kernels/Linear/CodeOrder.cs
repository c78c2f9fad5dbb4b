namespace DecoupleQ.Kernels.Linear;

/// <summary>In which order an <see cref="AffineLayout"/> has the bits of its codes.</summary>
internal enum CodeOrder
{
    /// <summary>Words of 32 bits of all 64 rows, slab by slab.</summary>
    Words,

    /// <summary>
    /// Words of 16 bits, in the order of a <see cref="WordOrder"/>: 32 lanes of rows 0 .. 31, then 32 of rows 32 .. 63. Row i is followed by row i + 16, where
    /// i is 0 .. 15 or 32 .. 47: the lower and the upper halves of a 512-bit vector's 32-bit lanes are rows in order.
    /// </summary>
    Halves,

    /// <summary>
    /// Words of 16 bits, in the order of a <see cref="WordOrder"/>: 32 lower bytes of rows 0 .. 31, 32 upper ones, then the same of rows 32 .. 63. When bytes
    /// that were looked up are joined to 16 bits, within 128 bits as AVX2 does it, the halves of each vector's 32-bit lanes are rows in order.
    /// </summary>
    Bytes,
}
