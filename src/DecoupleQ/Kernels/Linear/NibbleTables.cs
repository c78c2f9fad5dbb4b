using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The tables of a word's <see cref="WordFields.Nibbles"/>, made with AVX2.</summary>
internal static unsafe class NibbleTables
{
    private const int WordBits = 16;
    private const int FieldBits = 4;
    private const int FieldEntries = 16;

    /// <summary>Makes the tables of some words.</summary>
    /// <param name="weights">What each bit of a word weighs, 16 a word.</param>
    /// <param name="words">Words.</param>
    /// <param name="perStep">What weights are multiplied with.</param>
    /// <param name="added">What is added to the first entry of a word: <see cref="WordTables.Offset"/>, or 0.</param>
    /// <param name="remainder">0, or what is to be made of what rounding leaves out: that many times as much.</param>
    /// <param name="tables">64 entries a word.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(float* weights, int words, float perStep, ushort added, float remainder, ushort* tables)
    {
        // The bits of the entry that a lane makes, less a half: a pack takes four lanes of each of two vectors in turn, so bit 2 is the vector's.
        Vector256<float> bit0 = Vector256.Create(-.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f);
        Vector256<float> bit1 = Vector256.Create(-.5f, -.5f, .5f, .5f, -.5f, -.5f, .5f, .5f);
        Vector256<float> bit3 = Vector256.Create(-.5f, -.5f, -.5f, -.5f, .5f, .5f, .5f, .5f);
        Vector256<float> inverse = Vector256.Create(perStep), half = Vector256.Create(.5f);
        Vector256<byte> planes = Vector256.Create(
            (byte)0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
        Vector256<ushort> offset = Vector256.Create(added);
        for (float* w = weights, end = weights + (words * WordBits); w < end;)
        {
            for (int field = 0; field < WordBits / FieldBits; field++)
            {
                Vector256<float> three = bit0 * Vector256.Create(w[0]);
                three = Vector256.FusedMultiplyAdd(bit1, Vector256.Create(w[1]), three);
                three = Vector256.FusedMultiplyAdd(bit3, Vector256.Create(w[3]), three);
                Vector256<float> two = half * Vector256.Create(w[2]);
                Vector256<ushort> entries = Avx2.PackSignedSaturate(
                    Round((three - two) * inverse, remainder), Round((three + two) * inverse, remainder)).AsUInt16() ^ offset;
                Avx2.Permute4x64(Avx2.Shuffle(entries.AsByte(), planes).AsUInt64(), 0b11_01_10_00).AsUInt16().Store(tables);

                // What is added so that sums are not negative is the first field's.
                offset = default;
                w += FieldBits;
                tables += FieldEntries;
            }
            offset = Vector256.Create(added);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> entries, float remainder)
    {
        Vector256<int> rounded = Avx.ConvertToVector256Int32(entries);
        return remainder == 0 ? rounded : Avx.ConvertToVector256Int32((entries - Vector256.ConvertToSingle(rounded)) * Vector256.Create(remainder));
    }
}
