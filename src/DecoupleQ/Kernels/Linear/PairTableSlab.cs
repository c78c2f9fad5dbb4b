using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// 2-bit rows times one token with AVX-512, two codes a look-up: for each pair of inputs a table holds the 16 values of <c>q0 x0 + q1 x1</c>, and one
/// permutation, which looks at the lowest 4 bits of a lane, picks for 16 rows at once the value of their next two codes.
/// </summary>
/// <remarks>A shift, a permutation and an addition for 32 weights, about as fast as memory brings the codes. The tables are made once a token and serve all rows.</remarks>
internal readonly unsafe struct PairTableSlab(AffineLayout layout)
{
    private const int CodesPerWord = 16;

    private readonly uint* codes = layout.Codes;
    private readonly void* scales = layout.Scales;
    private readonly ElementType scaleType = layout.ScaleType;
    private readonly nint words = layout.WordsPerRow;
    private readonly int groups = layout.Groups;
    private readonly int wordsPerGroup = layout.GroupSize / CodesPerWord;

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

    /// <summary>The outputs of the 32 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="tables">One token's tables.</param>
    /// <param name="sums">The sum of the token's input over each group.</param>
    /// <param name="y">32 outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(nint slab, float* tables, float* sums, float* y)
    {
        uint* source = codes + (slab * words * AffineLayout.SlabRows);
        nint scale = slab * groups * 2 * AffineLayout.SlabRows;
        Vector512<float> total0 = Vector512<float>.Zero, total1 = Vector512<float>.Zero;
        for (int g = 0; g < groups; g++)
        {
            Vector512<float> even0 = Vector512<float>.Zero, even1 = Vector512<float>.Zero, odd0 = Vector512<float>.Zero, odd1 = Vector512<float>.Zero;
            for (int w = 0; w < wordsPerGroup; w++)
            {
                Vector512<uint> w0 = Vector512.Load(source), w1 = Vector512.Load(source + 16);
                Vector512<float> t0 = Vector512.Load(tables), t1 = Vector512.Load(tables + 16), t2 = Vector512.Load(tables + 32), t3 = Vector512.Load(tables + 48);
                even0 += Pick(t0, w0);
                even1 += Pick(t0, w1);
                odd0 += Pick(t1, w0 >>> 4);
                odd1 += Pick(t1, w1 >>> 4);
                even0 += Pick(t2, w0 >>> 8);
                even1 += Pick(t2, w1 >>> 8);
                odd0 += Pick(t3, w0 >>> 12);
                odd1 += Pick(t3, w1 >>> 12);
                t0 = Vector512.Load(tables + 64);
                t1 = Vector512.Load(tables + 80);
                t2 = Vector512.Load(tables + 96);
                t3 = Vector512.Load(tables + 112);
                even0 += Pick(t0, w0 >>> 16);
                even1 += Pick(t0, w1 >>> 16);
                odd0 += Pick(t1, w0 >>> 20);
                odd1 += Pick(t1, w1 >>> 20);
                even0 += Pick(t2, w0 >>> 24);
                even1 += Pick(t2, w1 >>> 24);
                odd0 += Pick(t3, w0 >>> 28);
                odd1 += Pick(t3, w1 >>> 28);
                source += AffineLayout.SlabRows;
                tables += 128;
            }
            Vector512<float> sum = Vector512.Create(sums[g]);
            total0 = Vector512.FusedMultiplyAdd(LoadScale(scale), even0 + odd0, Vector512.FusedMultiplyAdd(LoadScale(scale + 32), sum, total0));
            total1 = Vector512.FusedMultiplyAdd(LoadScale(scale + 16), even1 + odd1, Vector512.FusedMultiplyAdd(LoadScale(scale + 48), sum, total1));
            scale += 2 * AffineLayout.SlabRows;
        }
        total0.Store(y);
        total1.Store(y + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pick(Vector512<float> table, Vector512<uint> index) => Avx512F.PermuteVar16x32(table, index.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> LoadScale(nint index) => scaleType switch
    {
        ElementType.F16 => Float16Format.Load<SingleLanes512, Vector512<float>>((ushort*)scales + index),
        ElementType.BF16 => BFloat16Format.Load<SingleLanes512, Vector512<float>>((ushort*)scales + index),
        _ => Vector512.Load((float*)scales + index),
    };
}
