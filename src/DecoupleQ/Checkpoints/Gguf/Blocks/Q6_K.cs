using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 6 bits in 16 groups of 16: <c>(d * scale) * (q - 32)</c> with signed 8-bit scales.</summary>
/// <remarks>
/// Bytes: 128 of low four bits, 64 of upper two bits, 16 scales, d (F16). Each half of the block has four strips of 32 values: strips 0 and 1
/// are the low halves of its 64 low bytes, strips 2 and 3 the high ones; strip s has its upper bits at bit 2s of its 32 high bytes.
/// </remarks>
internal static class Q6_K
{
    public const int Length = 256, Bytes = 210;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        ReadOnlySpan<byte> low = block[..128], high = block.Slice(128, 64);
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[208..]);
        for (int group = 0; group < scales.Length; group++)
        {
            float scale = d * (sbyte)block[192 + group];
            (scales[group], biases[group]) = (scale, -32 * scale);
        }
        for (int i = 0; i < codes.Length; i++)
        {
            int half = i / 128, strip = i % 128 / 32;
            int bits = low[(half * 64) + (i % 64)] >> (strip / 2 * 4), upper = high[(half * 32) + (i % 32)] >> (strip * 2);
            codes[i] = (byte)((bits & 15) | ((upper & 3) << 4));
        }
    }
}
