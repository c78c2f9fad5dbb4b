using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 3 bits in 16 groups of 16: <c>(d * (scale - 32)) * (q - 4)</c> with 6-bit scales.</summary>
/// <remarks>
/// Bytes: 32 of third bits, 64 of low bits as in <see cref="Q2_K"/>, 12 of scales, d (F16). Bit s of byte i of the third bits belongs to value
/// <c>32 * s + i</c>. Scales: low four bits in the halves of 8 bytes, upper two in the quarters of 4 more.
/// </remarks>
internal static class Q3_K
{
    public const int Length = 256, Bytes = 110;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        ReadOnlySpan<byte> high = block[..32], low = block.Slice(32, 64), packed = block.Slice(96, 12);
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block[108..]);
        for (int group = 0; group < scales.Length; group++)
        {
            int stored = ((packed[group % 8] >> (group / 8 * 4)) & 15) | (((packed[8 + (group % 4)] >> (group / 4 * 2)) & 3) << 4);
            float scale = d * (stored - 32);
            (scales[group], biases[group]) = (scale, -4 * scale);
        }
        for (int i = 0; i < codes.Length; i++)
        {
            int bits = low[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2), third = high[i % 32] >> (i / 32);
            codes[i] = (byte)((bits & 3) | ((third & 1) << 2));
        }
    }
}
