using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 signed values of 8 bits: <c>d * q</c>.</summary>
/// <remarks>Bytes: d (F16), then 32 q.</remarks>
internal static class Q8_0
{
    public const int Length = 32, Bytes = 34;

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks);
            ReadOnlySpan<byte> codes = blocks.Slice(2, Length);
            for (int i = 0; i < codes.Length; i++)
            {
                values[i] = d * (sbyte)codes[i];
            }
        }
    }
}
