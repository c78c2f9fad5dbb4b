namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 4 bits in 8 groups of 32: <c>(d * scale) * q - (dmin * min)</c>.</summary>
/// <remarks>
/// Bytes: d, dmin (F16), 12 of <see cref="ScalesAndMinima"/>, 128 of q: of each two groups the first is in the low halves of 32 bytes, the second in the
/// high ones.
/// </remarks>
internal static class Q4_K
{
    public const int Length = 256, Bytes = 144;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        ScalesAndMinima.Split(block, scales, biases);
        ReadOnlySpan<byte> bits = block.Slice(16, 128);
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)((bits[(i / 64 * 32) + (i % 32)] >> (i % 64 / 32 * 4)) & 15);
        }
    }
}
