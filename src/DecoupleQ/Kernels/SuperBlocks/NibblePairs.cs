using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>16 scales and 16 minima of 4 bits: two words of scales, then two of minima, four pairs each.</summary>
internal readonly unsafe struct NibblePairs : IScalePairs
{
    public static int Words => 4;

    public static void Pack(Vector512<short>* scales, Vector512<short>* minima, uint* words)
    {
        for (int w = 0; w < 2; w++)
        {
            Join(scales + (4 * w)).Store(words + (w * SuperBlockLayout.SlabRows));
            Join(minima + (4 * w)).Store(words + ((w + 2) * SuperBlockLayout.SlabRows));
        }

        static Vector512<uint> Join(Vector512<short>* pairs) => (pairs[0] | (pairs[1] << 4) | (pairs[2] << 8) | (pairs[3] << 12)).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(uint* words, Vector512<short>* scales, Vector512<short>* minima, int stride)
    {
        Split(words, scales, stride);
        Split(words + SuperBlockLayout.SlabRows, scales + (4 * stride), stride);
        Split(words + (2 * SuperBlockLayout.SlabRows), minima, stride);
        Split(words + (3 * SuperBlockLayout.SlabRows), minima + (4 * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(uint* word, Vector512<short>* pairs, int stride)
    {
        Vector512<ushort> bits = Vector512.Load(word).AsUInt16(), mask = Vector512.Create((ushort)15);
        pairs[0] = (bits & mask).AsInt16();
        pairs[stride] = ((bits >>> 4) & mask).AsInt16();
        pairs[2 * stride] = ((bits >>> 8) & mask).AsInt16();
        pairs[3 * stride] = (bits >>> 12).AsInt16();
    }
}
