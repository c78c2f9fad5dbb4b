using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 2 bits in 16 groups of 16: <c>(d * scale) * q - (dmin * min)</c> with 4-bit scales and minima.</summary>
/// <remarks>
/// Bytes: 16 of scale (low half) and min (high half), 64 of q, d, dmin (F16). Each half of the block has 32 bytes of q; their bits 0-1
/// are its values 0..31, bits 2-3 its values 32..63, and so on.
/// </remarks>
internal static class Q2_K
{
    public const int Length = 256, Bytes = 84;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        ReadOnlySpan<byte> packed = block[..16], bits = block.Slice(16, 64);
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[80..]), dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(block[82..]);
        for (int group = 0; group < scales.Length; group++)
        {
            (scales[group], biases[group]) = (d * (packed[group] & 15), -(dmin * (packed[group] >> 4)));
        }
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)((bits[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2)) & 3);
        }
    }
}
