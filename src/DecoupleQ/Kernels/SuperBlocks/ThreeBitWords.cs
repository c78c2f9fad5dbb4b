using System.Numerics;
using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// The codes of a block of 3 bits, rearranged in their own 24 words so that most need one operation. A file has the lower two bits of strips 0..3 in the
/// places of words 8..15, those of
/// 4..7 in words 16..23, and the third bits of all in words 0..7. Here words 8 + j have strips 0 and 1 in bits 0..2 and 3..5 of each byte, words 16 + j
/// strips 2 and 3, words j strips 4
/// and 5; bits 6 and 7 are the lower two of strip 6 (words 8 + j) and of strip 7 (words 16 + j), and the third bits of both (words j).
/// </summary>
internal static unsafe class ThreeBitWords
{
    private const uint One = 0x01010101, Two = 0x03030303, Three = 0x07070707;
    private const int Quads = 8;

    /// <summary>The first of the eight words that have strips 2 <paramref name="pair"/> and 2 pair + 1, of pairs 0 .. 2.</summary>
    public static int At(int pair) => (pair + 1) % 3 * Quads;

    /// <summary>Rearranges 64 rows' blocks.</summary>
    /// <param name="chunk">Words of a <see cref="SuperBlockLayout"/>'s chunk.</param>
    public static void Arrange(uint* chunk)
    {
        for (int at = 0; at < Quads * SuperBlockLayout.SlabRows; at += Vector<uint>.Count)
        {
            uint* third = chunk + at, low = third + (Quads * SuperBlockLayout.SlabRows), next = low + (Quads * SuperBlockLayout.SlabRows);
            Vector<uint> h = Vector.Load(third), l = Vector.Load(low), n = Vector.Load(next), one = new(One), two = new(Two);
            Vector<uint> C(Vector<uint> bits, int strip) => ((bits >>> (2 * (strip % 4))) & two) | (((h >>> strip) & one) << 2);
            Vector.Store(C(l, 0) | (C(l, 1) << 3) | (((n >>> 4) & two) << 6), low);
            Vector.Store(C(l, 2) | (C(l, 3) << 3) | (((n >>> 6) & two) << 6), next);
            Vector.Store(C(n, 4) | (C(n, 5) << 3) | (h & new Vector<uint>(One << 6)) | (h & new Vector<uint>(One << 7)), third);
        }
    }

    /// <summary>Brings one block back into the file's order.</summary>
    public static void Restore(Span<byte> block)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(block[..(3 * Quads * sizeof(uint))]);
        for (int j = 0; j < Quads; j++)
        {
            uint c = words[j], a = words[Quads + j], b = words[(2 * Quads) + j];
            ReadOnlySpan<uint> codes =
            [
                a & Three, (a >> 3) & Three, b & Three, (b >> 3) & Three, c & Three, (c >> 3) & Three,
                ((a >> 6) & Two) | (((c >> 6) & One) << 2), ((b >> 6) & Two) | (((c >> 7) & One) << 2),
            ];
            (words[j], words[Quads + j], words[(2 * Quads) + j]) = (0, 0, 0);
            for (int strip = 0; strip < codes.Length; strip++)
            {
                words[j] |= ((codes[strip] >> 2) & One) << strip;
                words[(strip < 4 ? Quads : 2 * Quads) + j] |= (codes[strip] & Two) << (2 * (strip % 4));
            }
        }
    }
}
