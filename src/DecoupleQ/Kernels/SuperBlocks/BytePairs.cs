using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>16 signed scales of 8 bits: two pairs a word.</summary>
internal readonly unsafe struct BytePairs : IScalePairs
{
    public static int Words => 4;

    public static void Pack(Vector512<short>* scales, Vector512<short>* minima, uint* words)
    {
        for (int w = 0; w < Words; w++)
        {
            Vector512<short> low = scales[2 * w] & Vector512.Create((short)0xFF);
            (low | (scales[(2 * w) + 1] << 8)).AsUInt32().Store(words + (w * SuperBlockLayout.SlabRows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(uint* words, Vector512<short>* scales, Vector512<short>* minima, int stride)
    {
        for (int w = 0; w < Words; w++)
        {
            Vector512<short> both = Vector512.Load(words + (w * SuperBlockLayout.SlabRows)).AsInt16();
            scales[2 * w * stride] = both << 8 >> 8;
            scales[((2 * w) + 1) * stride] = both >> 8;
        }
    }
}
