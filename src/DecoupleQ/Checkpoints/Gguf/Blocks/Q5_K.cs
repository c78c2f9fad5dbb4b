namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>256 values of 5 bits in 8 groups of 32: <c>(d * scale) * q - (dmin * min)</c>.</summary>
/// <remarks>
/// Bytes: d, dmin (F16), 12 of <see cref="ScalesAndMinima"/>, 32 of fifth bits (bit g of byte i belongs to value i of group g), 128 of low bits as in <see
/// cref="Q4_K"/>.
/// </remarks>
internal static class Q5_K
{
    public const int Length = 256, Bytes = 176;

    public static void Split(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases)
    {
        ScalesAndMinima.Split(block, scales, biases);
        ReadOnlySpan<byte> fifth = block.Slice(16, 32), bits = block.Slice(48, 128);
        for (int i = 0; i < codes.Length; i++)
        {
            int low = bits[(i / 64 * 32) + (i % 32)] >> (i % 64 / 32 * 4);
            codes[i] = (byte)((low & 15) | (((fifth[i % 32] >> (i / 32)) & 1) << 4));
        }
    }
}
