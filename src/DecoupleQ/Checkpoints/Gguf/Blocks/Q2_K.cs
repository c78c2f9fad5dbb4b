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

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            ReadOnlySpan<byte> scales = blocks[..16], codes = blocks.Slice(16, 64);
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[80..]), dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[82..]);
            for (int group = 0; group < 16; group++)
            {
                float scale = d * (scales[group] & 15), min = dmin * (scales[group] >> 4);
                int shift = group % 8 / 2 * 2;
                ReadOnlySpan<byte> bits = codes.Slice((group / 8 * 32) + (group % 2 * 16), 16);
                Span<float> target = values.Slice(group * 16, 16);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (scale * ((bits[i] >> shift) & 3)) - min;
                }
            }
        }
    }
}
