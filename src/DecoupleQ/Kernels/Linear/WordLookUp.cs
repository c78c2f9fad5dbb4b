using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Linear;

/// <summary>What <see cref="WordTables"/> have for 16 bits of codes of 32 rows: three permutations.</summary>
internal static class WordLookUp
{
    /// <summary>The bits of a word as indices: of the first table the lowest five or six count, of the others five.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Middle(Vector512<ushort> words) => words >>> 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> High(Vector512<ushort> words) => Avx512BW.MultiplyHigh(words, Vector512.Create((ushort)(1 << 5)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Find(
        Vector512<ushort> low0, Vector512<ushort> low1, Vector512<ushort> middle, Vector512<ushort> high,
        Vector512<ushort> words, Vector512<ushort> six, Vector512<ushort> eleven) =>
        Avx512BW.PermuteVar32x16x2(low0, words, low1) + (Avx512BW.PermuteVar32x16(middle, six) + Avx512BW.PermuteVar32x16(high, eleven));
}
