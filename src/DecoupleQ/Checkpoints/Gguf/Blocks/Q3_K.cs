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

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            ReadOnlySpan<byte> high = blocks[..32], low = blocks.Slice(32, 64), scales = blocks.Slice(96, 12);
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[108..]);
            for (int group = 0; group < 16; group++)
            {
                int stored = ((scales[group % 8] >> (group / 8 * 4)) & 15) | (((scales[8 + (group % 4)] >> (group / 4 * 2)) & 3) << 4);
                float scale = d * (stored - 32);
                int shift = group % 8 / 2 * 2, strip = group / 2, side = group % 2 * 16;
                ReadOnlySpan<byte> bits = low.Slice((group / 8 * 32) + side, 16), third = high.Slice(side, 16);
                Span<float> target = values.Slice(group * 16, 16);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = scale * (((bits[i] >> shift) & 3) + (((third[i] >> strip) & 1) << 2) - 4);
                }
            }
        }
    }
}
