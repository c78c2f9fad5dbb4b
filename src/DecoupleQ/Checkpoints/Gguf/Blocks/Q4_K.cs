using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 4 bits in 8 groups of 32: <c>(d * scale) * q - (dmin * min)</c>.</summary>
/// <remarks>Bytes: d, dmin (F16), 12 of <see cref="ScalesAndMinima"/>, 128 of q: of each two groups the first is in the low halves of 32 bytes, the second in the high ones.</remarks>
internal static class Q4_K
{
    public const int Length = 256, Bytes = 144;

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks), dmin = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[2..]);
            ReadOnlySpan<byte> packed = blocks.Slice(4, 12), codes = blocks.Slice(16, 128);
            for (int group = 0; group < 8; group++)
            {
                (int scale, int minimum) = ScalesAndMinima.Of(packed, group);
                float step = d * scale, offset = dmin * minimum;
                int shift = group % 2 * 4;
                ReadOnlySpan<byte> bits = codes.Slice(group / 2 * 32, 32);
                Span<float> target = values.Slice(group * 32, 32);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (step * ((bits[i] >> shift) & 15)) - offset;
                }
            }
        }
    }
}
