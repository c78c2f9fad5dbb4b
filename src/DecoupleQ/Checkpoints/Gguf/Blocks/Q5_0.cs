using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 5 bits: <c>d * (q - 16)</c>.</summary>
/// <remarks>Bytes: d (F16), a word whose bit i is the fifth bit of value i, then the low four bits as in <see cref="Q4_0"/>.</remarks>
internal static class Q5_0
{
    public const int Length = 32, Bytes = 22;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        (scales[0], biases[0]) = (d, -16 * d);
        Halves.Split(block.Slice(6, 16), codes);
        Halves.AddFifthBits(BinaryPrimitives.ReadUInt32LittleEndian(block[2..]), codes);
    }
}
