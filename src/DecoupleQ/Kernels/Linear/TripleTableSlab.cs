using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// 2-bit rows times one token with AVX2, three bits a look-up: a code and a half. For each three bits of a word a table holds the 8 sums of what they stand
/// for, and one permutation, which looks at the lowest 3 bits of a lane, picks for 8 rows at once the value of their next bits.
/// </summary>
/// <remarks>
/// Sixteen codes of 8 rows take 11 permutations, 11 additions and 9 shifts; code by code they take 16 permutations, 16 multiply-adds and 12 shifts.
/// Half of a code's value beside the other code's is summed as exactly as the whole: bits are multiples of the input by powers of two.
/// </remarks>
internal readonly unsafe struct TripleTableSlab(AffineLayout layout)
{
    private const int CodesPerWord = 16;
    private const int TablesPerWord = 11;
    private const int Entries = 8;
    private const int RowsAtOnce = 32;

    private readonly uint* _codes = layout.Codes;
    private readonly GroupScales<SingleLanes256, Vector256<float>> _scales = new(layout);
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _groups = layout.Groups;
    private readonly int _wordsPerGroup = layout.GroupSize / CodesPerWord;

    /// <summary>Whether the groups of <paramref name="layout"/> are whole words.</summary>
    public static bool Fits(AffineLayout layout) => layout.GroupSize % CodesPerWord == 0;

    /// <summary>Floats of one token's tables.</summary>
    public static long TableLength(int inputs) => (long)inputs / CodesPerWord * TablesPerWord * Entries;

    /// <summary>The tables of one token's input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MakeTables(float* x, int inputs, float* tables)
    {
        Vector256<float> low = Vector256.Create(0f, 1, 0, 1, 0, 1, 0, 1);
        Vector256<float> middle = Vector256.Create(0f, 0, 1, 1, 0, 0, 1, 1);
        Vector256<float> high = Vector256.Create(0f, 0, 0, 0, 1, 1, 1, 1);
        for (int w = 0; w < inputs / CodesPerWord; w++)
        {
            // Three codes are six bits: the first table has the first code and the lower bit of the second, the next one the rest.
            for (int c = 0; c < CodesPerWord - 1; c += 3)
            {
                Vector256<float> first = Vector256.Create(x[c]), second = Vector256.Create(x[c + 1]), third = Vector256.Create(x[c + 2]);
                ((low * first) + (middle * (first + first)) + (high * second)).Store(tables);
                ((low * (second + second)) + (middle * third) + (high * (third + third))).Store(tables + Entries);
                tables += 2 * Entries;
            }
            Vector256<float> last = Vector256.Create(x[CodesPerWord - 1]);
            ((low * last) + (middle * (last + last))).Store(tables);
            tables += Entries;
            x += CodesPerWord;
        }
    }

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="tables">One token's tables.</param>
    /// <param name="sums">The sum of the token's input over each group.</param>
    /// <param name="y">64 outputs.</param>
    public void Multiply(nint slab, float* tables, float* sums, float* y)
    {
        for (int row = 0; row < AffineLayout.SlabRows; row += RowsAtOnce)
        {
            MultiplyRows(slab, row, tables, sums, y + row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRows(nint slab, int row, float* tables, float* sums, float* y)
    {
        byte* source = (byte*)(_codes + (slab * _words * AffineLayout.SlabRows) + row);
        Vector256<float> total0 = default, total1 = default, total2 = default, total3 = default;
        for (int g = 0; g < _groups; g++)
        {
            Vector256<float> part0 = default, part1 = default, part2 = default, part3 = default;
            for (int w = 0; w < _wordsPerGroup; w++)
            {
                Prefetch.Read(source + Prefetch.Distance, RowsAtOnce * sizeof(uint));
                Vector256<uint> w0 = Vector256.Load((uint*)source), w1 = Vector256.Load((uint*)(source + 32));
                Vector256<uint> w2 = Vector256.Load((uint*)(source + 64)), w3 = Vector256.Load((uint*)(source + 96));
                Add(tables, w0, w1, w2, w3, ref part0, ref part1, ref part2, ref part3);
                Add(tables + Entries, w0 >>> 3, w1 >>> 3, w2 >>> 3, w3 >>> 3, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (2 * Entries), w0 >>> 6, w1 >>> 6, w2 >>> 6, w3 >>> 6, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (3 * Entries), w0 >>> 9, w1 >>> 9, w2 >>> 9, w3 >>> 9, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (4 * Entries), w0 >>> 12, w1 >>> 12, w2 >>> 12, w3 >>> 12, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (5 * Entries), w0 >>> 15, w1 >>> 15, w2 >>> 15, w3 >>> 15, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (6 * Entries), w0 >>> 18, w1 >>> 18, w2 >>> 18, w3 >>> 18, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (7 * Entries), w0 >>> 21, w1 >>> 21, w2 >>> 21, w3 >>> 21, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (9 * Entries), w0 >>> 27, w1 >>> 27, w2 >>> 27, w3 >>> 27, ref part0, ref part1, ref part2, ref part3);
                Add(tables + (10 * Entries), w0 >>> 30, w1 >>> 30, w2 >>> 30, w3 >>> 30, ref part0, ref part1, ref part2, ref part3);

                // A load from three bytes further on has bits 24 and above lowest, without a shift; the bits above those are not looked at.
                w0 = Vector256.Load((uint*)(source + 3));
                w1 = Vector256.Load((uint*)(source + 32 + 3));
                w2 = Vector256.Load((uint*)(source + 64 + 3));
                w3 = Vector256.Load((uint*)(source + 96 + 3));
                Add(tables + (8 * Entries), w0, w1, w2, w3, ref part0, ref part1, ref part2, ref part3);
                tables += TablesPerWord * Entries;
                source += AffineLayout.SlabRows * sizeof(uint);
            }
            Vector256<float> sum = Vector256.Create(sums[g]);
            uint* at = _scales.At(slab, g, row);
            Prefetch.Read(_scales.At(slab, g + 2, row), RowsAtOnce * sizeof(uint));
            AddGroup(at, sum, part0, ref total0);
            AddGroup(at + 8, sum, part1, ref total1);
            AddGroup(at + 16, sum, part2, ref total2);
            AddGroup(at + 24, sum, part3, ref total3);
        }
        total0.Store(y);
        total1.Store(y + 8);
        total2.Store(y + 16);
        total3.Store(y + 24);
    }

    /// <summary>
    /// Adds what a table has for the lowest bits of each lane. Half of the additions are multiply-adds, which the machine does in other units.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float* entries, Vector256<uint> w0, Vector256<uint> w1, Vector256<uint> w2, Vector256<uint> w3,
        ref Vector256<float> part0, ref Vector256<float> part1, ref Vector256<float> part2, ref Vector256<float> part3)
    {
        Vector256<float> table = Vector256.Load(entries);
        part0 = Vector256.FusedMultiplyAdd(Pick(table, w0), Vector256<float>.One, part0);
        part1 += Pick(table, w1);
        part2 = Vector256.FusedMultiplyAdd(Pick(table, w2), Vector256<float>.One, part2);
        part3 += Pick(table, w3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pick(Vector256<float> table, Vector256<uint> index) => Avx2.PermuteVar8x32(table, index.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGroup(uint* at, Vector256<float> sum, Vector256<float> part, ref Vector256<float> total)
    {
        _scales.Load(at, out Vector256<float> scale, out Vector256<float> bias);
        total = Vector256.FusedMultiplyAdd(scale, part, Vector256.FusedMultiplyAdd(bias, sum, total));
    }
}
