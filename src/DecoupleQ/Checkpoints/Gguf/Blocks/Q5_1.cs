using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 5 bits: <c>d * q + m</c>.</summary>
/// <remarks>Bytes: d and m (F16), a word whose bit i is the fifth bit of value i, then the low four bits as in <see cref="Q4_1"/>.</remarks>
internal static class Q5_1
{
    public const int Length = 32, Bytes = 24;

    public static void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !values.IsEmpty; blocks = blocks[Bytes..], values = values[Length..])
        {
            float d = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks), m = (float)BinaryPrimitives.ReadHalfLittleEndian(blocks[2..]);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(blocks[4..]);
            ReadOnlySpan<byte> low = blocks.Slice(8, 16);
            for (int i = 0; i < low.Length; i++)
            {
                values[i] = (d * ((low[i] & 15) | (int)((high >> i << 4) & 16))) + m;
                values[i + 16] = (d * ((low[i] >> 4) | (int)((high >> (i + 16) << 4) & 16))) + m;
            }
        }
    }
}
