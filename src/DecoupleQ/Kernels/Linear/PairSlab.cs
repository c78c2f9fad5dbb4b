using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Rows of codes of 4 or 8 bits times rows of inputs as a <see cref="PairInput"/> has them, with AVX-512: pairs of codes are multiplied as 16-bit integers, and
/// the sums are exact within a block, <c>y += scale (step n + beyond) + bias sum</c>.
/// </summary>
/// <remarks>
/// A lane is an output. Up to four rows share the codes once these are taken apart; a row's sums are integers, and its blocks are added in order, so that its
/// outputs are the same bits whatever the others are.
/// </remarks>
internal readonly unsafe struct PairSlab<TBits>(AffineLayout layout, PairInput form)
    where TBits : ICodeBits
{
    private const int SlabRows = AffineLayout.SlabRows;

    private readonly uint* _codes = layout.Codes;
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _blocks = layout.Columns / form.BlockSize;
    private readonly int _blockWords = form.BlockSize / CodesPerWord;
    private readonly int _blocksPerGroup = layout.GroupSize / form.BlockSize;
    private readonly GroupScales<SingleLanes512, Vector512<float>> _scales = new(layout);

    private static int CodesPerWord => 32 / TBits.Bits;

    /// <summary>The outputs of a slab.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="rows">Rows of inputs.</param>
    /// <param name="y">rows x 64, overwritten.</param>
    public void Multiply(nint slab, in PreparedRows rows, float* y)
    {
        new Span<float>(y, rows.Count * SlabRows).Clear();
        int r = 0;
        for (; r + 4 <= rows.Count; r += 4)
        {
            AddFour(slab, Row(rows, r), Row(rows, r + 1), Row(rows, r + 2), Row(rows, r + 3), y + (r * SlabRows));
        }
        for (; r + 2 <= rows.Count; r += 2)
        {
            AddTwo(slab, Row(rows, r), Row(rows, r + 1), y + (r * SlabRows));
        }
        if (r < rows.Count)
        {
            AddOne(slab, Row(rows, r), y + (r * SlabRows));
        }
    }

    private PairRow Row(in PreparedRows rows, int row) => form.Row(rows.Form(row), _blocks * form.BlockSize);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddOne(nint slab, PairRow row, float* y)
    {
        uint* source = _codes + (slab * _words * SlabRows);
        int* values = (int*)row.Values;
        for (int b = 0; b < _blocks; b++)
        {
            uint* block = source;
            Sums sums = default;
            for (uint* end = source + ((nint)_blockWords * SlabRows); source < end; source += SlabRows, values += CodesPerWord / 2)
            {
                Words words = Words.Load(source);
                sums.Add(words.Pairs(0), values[0]);
                sums.Add(words.Pairs(1), values[1]);
                if (TBits.Bits == 4)
                {
                    sums.Add(words.Pairs(2), values[2]);
                    sums.Add(words.Pairs(3), values[3]);
                }
            }
            End(slab, b, block, row, sums, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddTwo(nint slab, PairRow rowA, PairRow rowB, float* y)
    {
        uint* source = _codes + (slab * _words * SlabRows);
        int* valuesA = (int*)rowA.Values, valuesB = (int*)rowB.Values;
        for (int b = 0; b < _blocks; b++)
        {
            uint* block = source;
            Sums sumsA = default, sumsB = default;
            for (uint* end = source + ((nint)_blockWords * SlabRows); source < end; source += SlabRows)
            {
                Words words = Words.Load(source);
                TakeTwo(words.Pairs(0), valuesA[0], valuesB[0], ref sumsA, ref sumsB);
                TakeTwo(words.Pairs(1), valuesA[1], valuesB[1], ref sumsA, ref sumsB);
                if (TBits.Bits == 4)
                {
                    TakeTwo(words.Pairs(2), valuesA[2], valuesB[2], ref sumsA, ref sumsB);
                    TakeTwo(words.Pairs(3), valuesA[3], valuesB[3], ref sumsA, ref sumsB);
                }
                valuesA += CodesPerWord / 2;
                valuesB += CodesPerWord / 2;
            }
            End(slab, b, block, rowA, sumsA, y);
            End(slab, b, block, rowB, sumsB, y + SlabRows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddFour(nint slab, PairRow rowA, PairRow rowB, PairRow rowC, PairRow rowD, float* y)
    {
        uint* source = _codes + (slab * _words * SlabRows);
        int* valuesA = (int*)rowA.Values, valuesB = (int*)rowB.Values, valuesC = (int*)rowC.Values, valuesD = (int*)rowD.Values;
        for (int b = 0; b < _blocks; b++)
        {
            uint* block = source;
            Sums sumsA = default, sumsB = default, sumsC = default, sumsD = default;
            for (uint* end = source + ((nint)_blockWords * SlabRows); source < end; source += SlabRows)
            {
                Words words = Words.Load(source);
                TakeFour(words.Pairs(0), valuesA[0], valuesB[0], valuesC[0], valuesD[0], ref sumsA, ref sumsB, ref sumsC, ref sumsD);
                TakeFour(words.Pairs(1), valuesA[1], valuesB[1], valuesC[1], valuesD[1], ref sumsA, ref sumsB, ref sumsC, ref sumsD);
                if (TBits.Bits == 4)
                {
                    TakeFour(words.Pairs(2), valuesA[2], valuesB[2], valuesC[2], valuesD[2], ref sumsA, ref sumsB, ref sumsC, ref sumsD);
                    TakeFour(words.Pairs(3), valuesA[3], valuesB[3], valuesC[3], valuesD[3], ref sumsA, ref sumsB, ref sumsC, ref sumsD);
                }
                valuesA += CodesPerWord / 2;
                valuesB += CodesPerWord / 2;
                valuesC += CodesPerWord / 2;
                valuesD += CodesPerWord / 2;
            }
            End(slab, b, block, rowA, sumsA, y);
            End(slab, b, block, rowB, sumsB, y + SlabRows);
            End(slab, b, block, rowC, sumsC, y + (2 * SlabRows));
            End(slab, b, block, rowD, sumsD, y + (3 * SlabRows));
        }
    }

    // Written out where a loop would be: pairs are then constants, and all sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeTwo(in Pairs pairs, int a, int b, ref Sums sumsA, ref Sums sumsB)
    {
        sumsA.Add(pairs, a);
        sumsB.Add(pairs, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeFour(in Pairs pairs, int a, int b, int c, int d, ref Sums sumsA, ref Sums sumsB, ref Sums sumsC, ref Sums sumsD)
    {
        sumsA.Add(pairs, a);
        sumsB.Add(pairs, b);
        sumsC.Add(pairs, c);
        sumsD.Add(pairs, d);
    }

    /// <summary>Adds a block to a row's 64 outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void End(nint slab, int block, uint* source, in PairRow row, in Sums sums, float* y)
    {
        uint* at = _scales.At(slab, block / _blocksPerGroup, 0);
        Prefetch.Read((byte*)at + (Prefetch.Distance / 4), SlabRows * sizeof(uint));
        float* numbers = row.Numbers + ((nint)block * PairInput.BlockNumbers);
        Add(at, sums.N0, numbers, y);
        Add(at + 16, sums.N1, numbers, y + 16);
        Add(at + 32, sums.N2, numbers, y + 32);
        Add(at + 48, sums.N3, numbers, y + 48);
        if (numbers[3] != 0)
        {
            AddRest(source, (int*)row.Rest + ((nint)block * form.BlockSize / 2), at, numbers[3], y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(uint* at, Vector512<int> n, float* numbers, float* y)
    {
        _scales.Load(at, out Vector512<float> scale, out Vector512<float> bias);
        Vector512<float> part = Vector512.FusedMultiplyAdd(Vector512.Create(numbers[0]), Vector512.ConvertToSingle(n), Vector512.Create(numbers[2]));
        Vector512<float> with = Vector512.FusedMultiplyAdd(bias, Vector512.Create(numbers[1]), Vector512.Load(y));
        Vector512.FusedMultiplyAdd(scale, part, with).Store(y);
    }

    /// <summary>Adds what rounding left out of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void AddRest(uint* source, int* rest, uint* at, float step, float* y)
    {
        Sums sums = default;
        for (uint* end = source + ((nint)_blockWords * SlabRows); source < end; source += SlabRows)
        {
            Words words = Words.Load(source);
            for (int pair = 0; pair < CodesPerWord / 2; pair++)
            {
                sums.Add(words.Pairs(pair), *rest++);
            }
        }
        AddRest(at, sums.N0, step, y);
        AddRest(at + 16, sums.N1, step, y + 16);
        AddRest(at + 32, sums.N2, step, y + 32);
        AddRest(at + 48, sums.N3, step, y + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRest(uint* at, Vector512<int> n, float step, float* y)
    {
        _scales.Load(at, out Vector512<float> scale, out _);
        Vector512.FusedMultiplyAdd(scale, Vector512.Create(step) * Vector512.ConvertToSingle(n), Vector512.Load(y)).Store(y);
    }

    /// <summary>A word of each of 64 rows.</summary>
    private readonly struct Words(Vector512<uint> w0, Vector512<uint> w1, Vector512<uint> w2, Vector512<uint> w3)
    {
        private readonly Vector512<uint> _w0 = w0, _w1 = w1, _w2 = w2, _w3 = w3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Words Load(uint* source)
        {
            Prefetch.Read((byte*)source + Prefetch.Distance, SlabRows * sizeof(uint));
            return new(Vector512.Load(source), Vector512.Load(source + 16), Vector512.Load(source + 32), Vector512.Load(source + 48));
        }

        /// <summary>A code of the lower half of each row's codes, and the one as far into the upper half.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Pairs Pairs(int pair)
        {
            return new(Pair(_w0, pair), Pair(_w1, pair), Pair(_w2, pair), Pair(_w3, pair));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<short> Pair(Vector512<uint> words, int pair)
        {
            Vector512<uint> shifted = pair == 0 ? words : words >>> (pair * TBits.Bits);
            return (shifted & Vector512.Create(((1u << TBits.Bits) - 1) * 0x10001)).AsInt16();
        }
    }

    /// <summary>A pair of codes of each of 64 rows.</summary>
    private readonly struct Pairs(Vector512<short> p0, Vector512<short> p1, Vector512<short> p2, Vector512<short> p3)
    {
        public readonly Vector512<short> P0 = p0, P1 = p1, P2 = p2, P3 = p3;
    }

    /// <summary>Sums of 64 rows.</summary>
    private struct Sums
    {
        public Vector512<int> N0, N1, N2, N3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(in Pairs pairs, int values)
        {
            Vector512<short> x = Vector512.Create(values).AsInt16();
            N0 += Avx512BW.MultiplyAddAdjacent(pairs.P0, x);
            N1 += Avx512BW.MultiplyAddAdjacent(pairs.P1, x);
            N2 += Avx512BW.MultiplyAddAdjacent(pairs.P2, x);
            N3 += Avx512BW.MultiplyAddAdjacent(pairs.P3, x);
        }
    }
}
