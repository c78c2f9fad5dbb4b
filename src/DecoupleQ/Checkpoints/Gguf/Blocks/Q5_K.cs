using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 5 bits in 8 groups of 32: <c>(d * scale) * q - (dmin * min)</c>.</summary>
/// <remarks>Bytes: d, dmin (F16), 12 of <see cref="ScalesAndMinima"/>, 32 of fifth bits (bit g of byte i belongs to value i of group g), 128 of low bits as in <see cref="Q4_K"/>.</remarks>
internal static class Q5_K
{
    public const int Length = 256, Bytes = 176;

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks), dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[2..]);
            ReadOnlySpan<byte> packed = blocks.Slice(4, 12), fifth = blocks.Slice(16, 32), codes = blocks.Slice(48, 128);
            for (int group = 0; group < 8; group++)
            {
                (int scale, int minimum) = ScalesAndMinima.Of(packed, group);
                float step = d * scale, offset = dmin * minimum;
                int shift = group % 2 * 4;
                ReadOnlySpan<byte> bits = codes.Slice(group / 2 * 32, 32);
                Span<float> target = values.Slice(group * 32, 32);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (step * (((bits[i] >> shift) & 15) | (((fifth[i] >> group) & 1) << 4))) - offset;
                }
            }
        }
    }
}
