using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 4 bits: <c>d * (q - 8)</c>.</summary>
/// <remarks>Bytes: d (F16), then q of values 0..15 in the low halves of 16 bytes and of 16..31 in the high ones.</remarks>
internal static class Q4_0
{
    public const int Length = 32, Bytes = 18;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        (scales[0], biases[0]) = (d, -8 * d);
        Halves.Split(block.Slice(2, 16), codes);
    }
}
