namespace DecoupleQ.Kernels.Simd;

/// <summary>
/// Byte shuffles that put byte 0, 1, 2 or 3 of each 32-bit lane into the upper half of both of its 16-bit integers; the lower halves are zero.
/// </summary>
internal static class SpreadControl
{
    // A control with the highest bit gives zero.
    private const byte Z = 0x80;

    /// <summary>Bytes of a control: as long as the longest vector; shorter ones take its beginning.</summary>
    public const int Length = 64;

    /// <summary>The four controls, one after the other. An index counts from the beginning of its 16 bytes.</summary>
    public static ReadOnlySpan<byte> All =>
    [
        Z, 0, Z, 0, Z, 4, Z, 4, Z, 8, Z, 8, Z, 12, Z, 12,
        Z, 0, Z, 0, Z, 4, Z, 4, Z, 8, Z, 8, Z, 12, Z, 12,
        Z, 0, Z, 0, Z, 4, Z, 4, Z, 8, Z, 8, Z, 12, Z, 12,
        Z, 0, Z, 0, Z, 4, Z, 4, Z, 8, Z, 8, Z, 12, Z, 12,
        Z, 1, Z, 1, Z, 5, Z, 5, Z, 9, Z, 9, Z, 13, Z, 13,
        Z, 1, Z, 1, Z, 5, Z, 5, Z, 9, Z, 9, Z, 13, Z, 13,
        Z, 1, Z, 1, Z, 5, Z, 5, Z, 9, Z, 9, Z, 13, Z, 13,
        Z, 1, Z, 1, Z, 5, Z, 5, Z, 9, Z, 9, Z, 13, Z, 13,
        Z, 2, Z, 2, Z, 6, Z, 6, Z, 10, Z, 10, Z, 14, Z, 14,
        Z, 2, Z, 2, Z, 6, Z, 6, Z, 10, Z, 10, Z, 14, Z, 14,
        Z, 2, Z, 2, Z, 6, Z, 6, Z, 10, Z, 10, Z, 14, Z, 14,
        Z, 2, Z, 2, Z, 6, Z, 6, Z, 10, Z, 10, Z, 14, Z, 14,
        Z, 3, Z, 3, Z, 7, Z, 7, Z, 11, Z, 11, Z, 15, Z, 15,
        Z, 3, Z, 3, Z, 7, Z, 7, Z, 11, Z, 11, Z, 15, Z, 15,
        Z, 3, Z, 3, Z, 7, Z, 7, Z, 11, Z, 11, Z, 15, Z, 15,
        Z, 3, Z, 3, Z, 7, Z, 7, Z, 11, Z, 11, Z, 15, Z, 15,
    ];
}
