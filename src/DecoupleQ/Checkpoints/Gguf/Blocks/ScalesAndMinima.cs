namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>The 8 scales and 8 minima of 6 bits that <see cref="Q4_K"/> and <see cref="Q5_K"/> keep in 12 bytes.</summary>
/// <remarks>
/// Groups 0..3 have their scale in bytes 0..3 and their minimum in bytes 4..7, each in the lower six bits. Groups 4..7 have the lower four
/// bits of both in bytes 8..11 (scale low, minimum high) and the upper two in what is left of bytes 0..3 and 4..7.
/// </remarks>
internal static class ScalesAndMinima
{
    public static (int Scale, int Minimum) Of(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : ((packed[group + 4] & 15) | (packed[group - 4] >> 6 << 4), (packed[group + 4] >> 4) | (packed[group] >> 6 << 4));
}
