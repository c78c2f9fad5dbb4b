using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 4 bits: <c>d * (q - 8)</c>.</summary>
/// <remarks>Bytes: d (F16), then q of values 0..15 in the low halves of 16 bytes and of 16..31 in the high ones.</remarks>
internal static class Q4_0
{
    public const int Length = 32, Bytes = 18;

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks);
            ReadOnlySpan<byte> codes = blocks.Slice(2, 16);
            for (int i = 0; i < codes.Length; i++)
            {
                values[i] = d * ((codes[i] & 15) - 8);
                values[i + 16] = d * ((codes[i] >> 4) - 8);
            }
        }
    }
}
