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

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            ReadOnlySpan<byte> scales = blocks.Slice(192, 16);
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[208..]);
            for (int group = 0; group < 16; group++)
            {
                float scale = d * (sbyte)scales[group];
                int half = group / 8, strip = group % 8 / 2, side = group % 2 * 16;
                ReadOnlySpan<byte> low = blocks.Slice((half * 64) + (strip % 2 * 32) + side, 16), high = blocks.Slice(128 + (half * 32) + side, 16);
                int lowShift = strip / 2 * 4, highShift = strip * 2;
                Span<float> target = values.Slice(group * 16, 16);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = scale * ((((low[i] >> lowShift) & 15) | (((high[i] >> highShift) & 3) << 4)) - 32);
                }
            }
        }
    }
}
