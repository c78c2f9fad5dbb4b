namespace DecoupleQ.Checkpoints.Gguf.Blocks;

/// <summary>
/// The 32 codes of <see cref="Q4_0"/>, <see cref="Q4_1"/>, <see cref="Q5_0"/> and <see cref="Q5_1"/>: 0..15 in the low halves of 16 bytes, 16..31 in the
/// high ones.
/// </summary>
internal static class Halves
{
    public static void Split(ReadOnlySpan<byte> bytes, Span<byte> codes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            codes[i] = (byte)(bytes[i] & 15);
            codes[i + bytes.Length] = (byte)(bytes[i] >> 4);
        }
    }

    /// <summary>Adds bit i of <paramref name="bits"/> to code i, as its fifth.</summary>
    public static void AddFifthBits(uint bits, Span<byte> codes)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] |= (byte)(((bits >> i) & 1) << 4);
        }
    }
}
