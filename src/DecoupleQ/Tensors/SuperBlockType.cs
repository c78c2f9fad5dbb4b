namespace DecoupleQ.Tensors;

/// <summary>
/// ggml's K-quants: 256 weights a block, in groups of 16 or 32 whose scales (and minima) are small integers times a half-precision number of the block's.
/// </summary>
public enum SuperBlockType
{
    /// <summary>2 bits, groups of 16: <c>(d * scale) * q - dmin * min</c>; 84 bytes.</summary>
    Q2_K,

    /// <summary>3 bits, groups of 16: <c>(d * scale) * (q - 4)</c>; 110 bytes.</summary>
    Q3_K,

    /// <summary>4 bits, groups of 32: <c>(d * scale) * q - dmin * min</c>; 144 bytes.</summary>
    Q4_K,

    /// <summary>5 bits, groups of 32: <c>(d * scale) * q - dmin * min</c>; 176 bytes.</summary>
    Q5_K,

    /// <summary>6 bits, groups of 16: <c>(d * scale) * (q - 32)</c>; 210 bytes.</summary>
    Q6_K,
}
