using System.Buffers.Binary;

namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>32 values of 4 bits that stand for 16 unevenly spaced levels of 8 bits: <c>d * level[q]</c>.</summary>
/// <remarks>
/// Bytes: those of <see cref="Q4_0"/>. A code here is the level itself, counted from the least. llama.cpp makes such blocks of rows that K-quants do not
/// divide, as small models have them.
/// </remarks>
internal static class IQ4_NL
{
    public const int Length = 32, Bytes = 18;

    private const int Least = -127;

    private static ReadOnlySpan<sbyte> Levels => [Least, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        float d = (float)BinaryPrimitives.ReadHalfLittleEndian(block);
        (scales[0], biases[0]) = (d, Least * d);
        Halves.Split(block.Slice(2, 16), codes);
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)(Levels[codes[i]] - Least);
        }
    }
}
