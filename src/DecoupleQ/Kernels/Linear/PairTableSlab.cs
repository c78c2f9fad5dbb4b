using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// 2-bit rows times one token with AVX-512, two codes a look-up: for each pair of inputs a table holds the 16 values of <c>q0 x0 + q1 x1</c>, and one
/// permutation, which looks at the lowest 4 bits of a lane, picks for 16 rows at once the value of their next two codes.
/// </summary>
/// <remarks>
/// A permutation, an addition and half a shift for 32 weights, about as fast as memory brings the codes. The tables are made once a token and serve all rows.
/// </remarks>
internal readonly unsafe struct PairTableSlab(AffineLayout layout)
{
    private const int CodesPerWord = 16;

    private readonly uint* _codes = layout.Codes;
    private readonly GroupScales<SingleLanes512, Vector512<float>> _scales = new(layout);
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _groups = layout.Groups;
    private readonly int _wordsPerGroup = layout.GroupSize / CodesPerWord;

    /// <summary>Whether the groups of <paramref name="layout"/> are whole words.</summary>
    public static bool Fits(AffineLayout layout) => layout.GroupSize % CodesPerWord == 0;

    /// <summary>Floats of one token's tables.</summary>
    public static long TableLength(int inputs) => (long)inputs / 2 * 16;

    /// <summary>The tables of one token's input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MakeTables(float* x, int inputs, float* tables)
    {
        Vector512<float> first = Vector512.Create(0f, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        Vector512<float> second = Vector512.Create(0f, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        for (int j = 0; j < inputs; j += 2)
        {
            Vector512.FusedMultiplyAdd(first, Vector512.Create(x[j]), second * Vector512.Create(x[j + 1])).Store(tables);
            tables += 16;
        }
    }

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="tables">One token's tables.</param>
    /// <param name="sums">The sum of the token's input over each group.</param>
    /// <param name="y">64 outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(nint slab, float* tables, float* sums, float* y)
    {
        byte* source = (byte*)(_codes + (slab * _words * AffineLayout.SlabRows));
        Vector512<float> total0 = Vector512<float>.Zero, total1 = Vector512<float>.Zero, total2 = Vector512<float>.Zero, total3 = Vector512<float>.Zero;
        Vector512<float> one = Vector512<float>.One;
        for (int g = 0; g < _groups; g++)
        {
            Vector512<float> part0 = Vector512<float>.Zero, part1 = Vector512<float>.Zero, part2 = Vector512<float>.Zero, part3 = Vector512<float>.Zero;
            for (int w = 0; w < _wordsPerGroup; w++)
            {
                Prefetch.Read(source + Prefetch.Distance, AffineLayout.SlabRows * sizeof(uint));
                for (int b = 0; b < 4; b++)
                {
                    // A load from b bytes further on has the four codes of byte b lowest, without a shift; the bits above are not looked at.
                    Vector512<uint> w0 = Vector512.Load((uint*)(source + b)), w1 = Vector512.Load((uint*)(source + b + 64));
                    Vector512<uint> w2 = Vector512.Load((uint*)(source + b + 128)), w3 = Vector512.Load((uint*)(source + b + 192));

                    // Half of the additions are multiply-adds, which the machine does in other units.
                    Vector512<float> table = Vector512.Load(tables);
                    part0 = Vector512.FusedMultiplyAdd(Pick(table, w0), one, part0);
                    part1 = Vector512.FusedMultiplyAdd(Pick(table, w1), one, part1);
                    part2 = Vector512.FusedMultiplyAdd(Pick(table, w2), one, part2);
                    part3 = Vector512.FusedMultiplyAdd(Pick(table, w3), one, part3);
                    table = Vector512.Load(tables + 16);
                    part0 += Pick(table, w0 >>> 4);
                    part1 += Pick(table, w1 >>> 4);
                    part2 += Pick(table, w2 >>> 4);
                    part3 += Pick(table, w3 >>> 4);
                    tables += 32;
                }
                source += AffineLayout.SlabRows * sizeof(uint);
            }
            Vector512<float> sum = Vector512.Create(sums[g]);
            uint* at = _scales.At(slab, g, 0);
            Prefetch.Read(_scales.At(slab, g + 2, 0), AffineLayout.SlabRows * sizeof(uint));
            AddGroup(at, sum, part0, ref total0);
            AddGroup(at + 16, sum, part1, ref total1);
            AddGroup(at + 32, sum, part2, ref total2);
            AddGroup(at + 48, sum, part3, ref total3);
        }
        total0.Store(y);
        total1.Store(y + 16);
        total2.Store(y + 32);
        total3.Store(y + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pick(Vector512<float> table, Vector512<uint> index) => Avx512F.PermuteVar16x32(table, index.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGroup(uint* at, Vector512<float> sum, Vector512<float> part, ref Vector512<float> total)
    {
        _scales.Load(at, out Vector512<float> scale, out Vector512<float> bias);
        total = Vector512.FusedMultiplyAdd(scale, part, Vector512.FusedMultiplyAdd(bias, sum, total));
    }
}
