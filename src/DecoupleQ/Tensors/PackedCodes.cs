namespace DecoupleQ.Tensors;

/// <summary>A row of unsigned codes as one little-endian bit stream of 32-bit words: code j occupies bits <c>[bits*j, bits*j + bits)</c>.</summary>
internal static class PackedCodes
{
    /// <summary>Packs <paramref name="codes"/> (each below 2^bits) into <c>codes.Length * bits / 32</c> words.</summary>
    public static void Pack(ReadOnlySpan<byte> codes, int bits, Span<uint> words)
    {
        ulong held = 0;
        int count = 0, word = 0;
        foreach (byte code in codes)
        {
            held |= (ulong)code << count;
            count += bits;
            if (count >= 32)
            {
                words[word++] = (uint)held;
                held >>= 32;
                count -= 32;
            }
        }
        if (count > 0)
        {
            words[word++] = (uint)held;
        }
        words[word..].Clear();
    }

    /// <summary>Unpacks <c>codes.Length</c> codes.</summary>
    public static void Unpack(ReadOnlySpan<uint> words, int bits, Span<byte> codes)
    {
        uint mask = (1u << bits) - 1;
        for (int j = 0; j < codes.Length; j++)
        {
            long bit = (long)j * bits;
            int word = (int)(bit >> 5), shift = (int)(bit & 31);
            uint value = words[word] >> shift;
            if (shift + bits > 32)
            {
                value |= words[word + 1] << (32 - shift);
            }
            codes[j] = (byte)(value & mask);
        }
    }
}
