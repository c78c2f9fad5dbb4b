using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>The 8 scales and 8 minima of 6 bits of the groups of <see cref="Q4_K"/> and <see cref="Q5_K"/>.</summary>
/// <remarks>
/// Bytes: d, dmin (F16), then 12 that hold what they are multiplied by. Of these 12, groups 0..3 have their scale in bytes 0..3 and their minimum in bytes
/// 4..7, each in
/// the lower six bits; groups 4..7 have the lower four bits of both in bytes 8..11 (scale low, minimum high) and the upper two in what is left of bytes
/// 0..3 and 4..7.
/// </remarks>
internal static class ScalesAndMinima
{
    /// <summary>From the beginning of a block: scales <c>d * scale</c>, biases <c>-(dmin * minimum)</c>.</summary>
    public static void Split(ReadOnlySpan<byte> block, Span<float> scales, Span<float> biases)
    {
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block), dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        ReadOnlySpan<byte> packed = block.Slice(4, 12);
        for (int group = 0; group < scales.Length; group++)
        {
            (int scale, int minimum) = group < 4
                ? (packed[group] & 63, packed[group + 4] & 63)
                : ((packed[group + 4] & 15) | (packed[group - 4] >> 6 << 4), (packed[group + 4] >> 4) | (packed[group] >> 6 << 4));
            (scales[group], biases[group]) = (d * scale, -(dmin * minimum));
        }
    }
}
