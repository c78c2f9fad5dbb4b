using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 5 bits: <c>d * q + m</c>.</summary>
/// <remarks>Bytes: d and m (F16), a word whose bit i is the fifth bit of value i, then the low four bits as in <see cref="Q4_1"/>.</remarks>
internal static class Q5_1
{
    public const int Length = 32, Bytes = 24;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        scales[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        biases[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        Halves.Split(block.Slice(8, 16), codes);
        Halves.AddFifthBits(BinaryPrimitives.ReadUInt32LittleEndian(block[4..]), codes);
    }
}
