using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 4 bits: <c>d * q + m</c>.</summary>
/// <remarks>Bytes: d and m (F16), then q of values 0..15 in the low halves of 16 bytes and of 16..31 in the high ones.</remarks>
internal static class Q4_1
{
    public const int Length = 32, Bytes = 20;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        scales[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        biases[0] = (float)BinaryPrimitives.ReadHalfLittleEndian(block[2..]);
        Halves.Split(block.Slice(4, 16), codes);
    }
}
