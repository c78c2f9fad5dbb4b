using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 signed values of 8 bits: <c>d * q</c>.</summary>
/// <remarks>Bytes: d (F16), then 32 q.</remarks>
internal static class Q8_0
{
    public const int Length = 32, Bytes = 34;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        (scales[0], biases[0]) = (d, -128 * d);
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)(block[2 + i] ^ 0x80);
        }
    }
}
