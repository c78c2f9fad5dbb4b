using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>8 scales and 8 minima of 6 bits.</summary>
internal readonly unsafe struct SixBitPairs : IScalePairs
{
    public static int Words => EightPairs.Words;

    public static void Pack(Vector512<short>* scales, Vector512<short>* minima, uint* words)
    {
        Vector512<short>* pairs = stackalloc Vector512<short>[8];
        for (int p = 0; p < 4; p++)
        {
            (pairs[p], pairs[p + 4]) = (scales[p], minima[p]);
        }
        EightPairs.Pack(pairs, words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(uint* words, Vector512<short>* scales, Vector512<short>* minima, int stride)
    {
        EightPairs.Unpack(words, out EightPairs pairs);
        (scales[0], scales[stride], scales[2 * stride], scales[3 * stride]) = (pairs.P0, pairs.P1, pairs.P2, pairs.P3);
        (minima[0], minima[stride], minima[2 * stride], minima[3 * stride]) = (pairs.P4, pairs.P5, pairs.P6, pairs.P7);
    }
}

/// <summary>16 scales of 6 bits, 32 above their value.</summary>
internal readonly unsafe struct SignedSixBitPairs : IScalePairs
{
    private const short Above = 32;

    public static int Words => EightPairs.Words;

    public static void Pack(Vector512<short>* scales, Vector512<short>* minima, uint* words)
    {
        Vector512<short>* pairs = stackalloc Vector512<short>[8];
        for (int p = 0; p < 8; p++)
        {
            pairs[p] = scales[p] + Vector512.Create(Above);
        }
        EightPairs.Pack(pairs, words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(uint* words, Vector512<short>* scales, Vector512<short>* minima, int stride)
    {
        EightPairs.Unpack(words, out EightPairs pairs);
        Vector512<short> above = Vector512.Create(Above);
        scales[0] = pairs.P0 - above;
        scales[stride] = pairs.P1 - above;
        scales[2 * stride] = pairs.P2 - above;
        scales[3 * stride] = pairs.P3 - above;
        scales[4 * stride] = pairs.P4 - above;
        scales[5 * stride] = pairs.P5 - above;
        scales[6 * stride] = pairs.P6 - above;
        scales[7 * stride] = pairs.P7 - above;
    }
}

/// <summary>Eight pairs of 6 bits in three words.</summary>
/// <remarks>
/// A half of word 0 has pairs 0 and 1 and the lower four bits of 2, one of word 1 likewise 3, 4 and 5, one of word 2 pairs 6 and 7 and the upper bits of 2
/// and 5.
/// </remarks>
internal unsafe struct EightPairs
{
    public const int Words = 3;

    public Vector512<short> P0, P1, P2, P3, P4, P5, P6, P7;

    public static void Pack(Vector512<short>* p, uint* words)
    {
        (p[0] | (p[1] << 6) | (p[2] << 12)).AsUInt32().Store(words);
        (p[3] | (p[4] << 6) | (p[5] << 12)).AsUInt32().Store(words + SuperBlockLayout.SlabRows);
        (p[6] | (p[7] << 6) | (p[2] >> 4 << 12) | (p[5] >> 4 << 14)).AsUInt32().Store(words + (2 * SuperBlockLayout.SlabRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(uint* words, out EightPairs pairs)
    {
        Vector512<ushort> a = Vector512.Load(words).AsUInt16(), b = Vector512.Load(words + SuperBlockLayout.SlabRows).AsUInt16();
        Vector512<ushort> c = Vector512.Load(words + (2 * SuperBlockLayout.SlabRows)).AsUInt16();
        Vector512<ushort> six = Vector512.Create((ushort)0x3F), upper = Vector512.Create((ushort)0x30);
        pairs.P0 = (a & six).AsInt16();
        pairs.P1 = ((a >>> 6) & six).AsInt16();
        pairs.P2 = ((a >>> 12) | ((c >>> 8) & upper)).AsInt16();
        pairs.P3 = (b & six).AsInt16();
        pairs.P4 = ((b >>> 6) & six).AsInt16();
        pairs.P5 = ((b >>> 12) | ((c >>> 10) & upper)).AsInt16();
        pairs.P6 = (c & six).AsInt16();
        pairs.P7 = ((c >>> 6) & six).AsInt16();
    }
}
