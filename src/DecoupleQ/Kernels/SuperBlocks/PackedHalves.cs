using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>The half-precision numbers of blocks as vectors of rows.</summary>
internal static unsafe class PackedHalves
{
    /// <summary>Two in a word: the scale in its lower half, the minimum in the upper one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair<TLanes, TVector>(uint* chunk, int word, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        TVector both = TLanes.LoadBits(chunk + (word * SuperBlockLayout.SlabRows) + row);
        scale = Float16Format.FromUpperHalf<TLanes, TVector>(TLanes.ShiftLeft(both, 16));
        minimum = Float16Format.FromUpperHalf<TLanes, TVector>(both);
    }

    /// <summary>One in a half word after <paramref name="words"/> words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Single<TLanes, TVector>(uint* chunk, int words, int row, out TVector scale, out TVector minimum)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        scale = Float16Format.Load<TLanes, TVector>((ushort*)(chunk + (words * SuperBlockLayout.SlabRows)) + row);
        minimum = TLanes.Zero;
    }
}
