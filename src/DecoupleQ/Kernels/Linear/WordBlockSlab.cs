using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.SuperBlocks;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Runs of slabs of a <see cref="WordBlockLayout{TFormat, TPairs}"/> times rows of inputs: what <see cref="WordLookUp"/> finds for two groups is multiplied
/// with their scales and added in integers, which are exact within a part of a super-block.
/// </summary>
internal readonly unsafe struct WordBlockSlab<TFormat, TPairs>(WordBlockMap<TFormat, TPairs> map, WordBlockInput form)
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    private const int SlabRows = SuperBlockLayout.SlabRows, Lanes = 16, Vectors = SlabRows / Lanes, MostPairs = 8;
    private const int RunSlabs = WordBlockMap<TFormat, TPairs>.RunSlabs, WordBytes = WordBlockMap<TFormat, TPairs>.WordBytes;

    private readonly nint _tables = form.BlockTables;

    private static WordBlocks Sizes => WordBlocks.Of<TFormat>();

    private static float Middle => (((1 << TFormat.Bits) - 1) / 2f) - TFormat.Offset;

    /// <summary>Adds what some super-blocks contribute to the outputs of a run of slabs.</summary>
    /// <param name="slab">The first slab.</param>
    /// <param name="slabs">Slabs, no more than up to the end of the run.</param>
    /// <param name="first">The first super-block.</param>
    /// <param name="count">Super-blocks.</param>
    /// <param name="forms">Of rows of inputs, of these super-blocks.</param>
    /// <param name="outputs">Where outputs are added.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(nint slab, int slabs, int first, int count, in TableForms forms, in TableOutputs outputs)
    {
        int rows = forms.Rows;
        nint nextSlab = outputs.NextSlab;
        byte* memory = stackalloc byte[((RunSlabs + 1) * MostPairs * SlabRows * 4) + (2 * RunSlabs * SlabRows * sizeof(float)) + 64];
        Vector512<short>* scales = (Vector512<short>*)(((nint)memory + 63) & -64), minima = scales + (RunSlabs * MostPairs * Vectors);
        float* sums = (float*)(minima + (MostPairs * Vectors));
        nint rest = (nint)count * (_tables + WordBlockInput.Numbers);
        for (int b = 0; b < count; b++)
        {
            nint at = b * (_tables + WordBlockInput.Numbers), restAt = rest + (b * _tables);
            for (int s = 0; s < slabs; s++)
            {
                byte* packed = map.Scales(slab + s, first + b);
                Prefetch.Read(packed + Prefetch.Distance, WordBlockMap<TFormat, TPairs>.ScaleBytes);
                Vector512<short>* own = scales + (s * MostPairs * Vectors);
                for (int v = 0; v < Vectors; v++)
                {
                    TPairs.Unpack((uint*)packed + (v * Lanes), own + v, minima + v, Vectors);
                }
                ushort* halves = WordBlockMap<TFormat, TPairs>.Halves(packed);
                for (int r = 0; r < rows; r++)
                {
                    float* numbers = forms.At(r) + at + _tables, to = outputs.At(r) + (s * nextSlab);
                    if (numbers[WordBlockInput.RestSumStep] != 0)
                    {
                        AddSums((uint*)numbers + WordBlockInput.RestSums, numbers[WordBlockInput.RestSumStep], own, minima, halves, to);
                    }
                    AddSums((uint*)numbers + WordBlockInput.Sums, numbers[WordBlockInput.SumStep], own, minima, halves, to);
                }
            }
            int row = 0;
            for (; row + 1 < rows; row += 2)
            {
                float* one = forms.At(row), other = forms.At(row + 1);
                AddTwo(
                    slab, slabs, first + b, scales, one + at, one + restAt, other + at, other + restAt, sums, outputs.At(row), outputs.NextRow, nextSlab);
            }
            if (row < rows)
            {
                AddOne(slab, slabs, first + b, scales, forms.At(row) + at, forms.At(row) + restAt, sums, outputs.At(row), nextSlab);
            }
        }
    }

    private void AddOne(nint slab, int slabs, int block, Vector512<short>* scales, float* form, float* rest, float* sums, float* y, nint nextSlab)
    {
        new Span<float>(sums, slabs * SlabRows).Clear();
        nint tables = Sizes.PartWords * WordTables.Entries, pairs = Sizes.PartGroups / 2 * Vectors;
        for (int p = 0; p < Sizes.Parts; p++)
        {
            float step = form[_tables + p], restStep = form[_tables + WordBlockInput.RestSteps + p];
            byte* source = map.Part(slab, block, p);
            for (int s = 0; s < slabs; s++)
            {
                Vector512<short>* own = scales + (s * MostPairs * Vectors) + (p * pairs);
                if (restStep != 0)
                {
                    AddPart(source, (ushort*)rest + (p * tables), own, restStep, sums + (s * SlabRows));
                }
                AddPart(source, (ushort*)form + (p * tables), own, step, sums + (s * SlabRows));
                source += Sizes.PartWords * WordBytes;
            }
        }
        Finish(slab, slabs, block, sums, y, nextSlab);
    }

    private void AddTwo(
        nint slab, int slabs, int block, Vector512<short>* scales, float* formA, float* restA, float* formB, float* restB, float* sums, float* y,
        nint nextRow, nint nextSlab)
    {
        float* sumsB = sums + (RunSlabs * SlabRows);
        new Span<float>(sums, 2 * RunSlabs * SlabRows).Clear();
        nint tables = Sizes.PartWords * WordTables.Entries, pairs = Sizes.PartGroups / 2 * Vectors;
        for (int p = 0; p < Sizes.Parts; p++)
        {
            float stepA = formA[_tables + p], restStepA = formA[_tables + WordBlockInput.RestSteps + p];
            float stepB = formB[_tables + p], restStepB = formB[_tables + WordBlockInput.RestSteps + p];
            byte* source = map.Part(slab, block, p);
            for (int s = 0; s < slabs; s++)
            {
                Vector512<short>* own = scales + (s * MostPairs * Vectors) + (p * pairs);
                if (restStepA != 0)
                {
                    AddPart(source, (ushort*)restA + (p * tables), own, restStepA, sums + (s * SlabRows));
                }
                if (restStepB != 0)
                {
                    AddPart(source, (ushort*)restB + (p * tables), own, restStepB, sumsB + (s * SlabRows));
                }
                AddPartTwo(
                    source, (ushort*)formA + (p * tables), (ushort*)formB + (p * tables), own, stepA, stepB, sums + (s * SlabRows), sumsB + (s * SlabRows));
                source += Sizes.PartWords * WordBytes;
            }
        }
        Finish(slab, slabs, block, sums, y, nextSlab);
        Finish(slab, slabs, block, sumsB, y + nextRow, nextSlab);
    }

    /// <summary>Adds what the middle of codes and the minima make of the sums of groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSums(uint* groups, float step, Vector512<short>* scales, Vector512<short>* minima, ushort* halves, float* y)
    {
        Vector512<float> middle = Vector512.Create(Middle * step), steps = Vector512.Create(-step);
        for (int v = 0; v < Vectors; v++)
        {
            Vector512<int> scaled = Vector512<int>.Zero, least = scaled;
            for (int p = 0; p < Sizes.Pairs; p++)
            {
                Vector512<short> both = Vector512.Create(groups[p]).AsInt16();
                scaled += Avx512BW.MultiplyAddAdjacent(scales[(p * Vectors) + v], both);
                if (TFormat.Offset == 0)
                {
                    least += Avx512BW.MultiplyAddAdjacent(minima[(p * Vectors) + v], both);
                }
            }
            Vector512<float> d = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + (v * Lanes));
            Vector512<float> total = Vector512.FusedMultiplyAdd(d, Vector512.ConvertToSingle(scaled) * middle, Vector512.Load(y + (v * Lanes)));
            if (TFormat.Offset == 0)
            {
                Vector512<float> minimum = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + SlabRows + (v * Lanes));
                total = Vector512.FusedMultiplyAdd(minimum, Vector512.ConvertToSingle(least) * steps, total);
            }
            total.Store(y + (v * Lanes));
        }
    }

    /// <summary>Adds d times what the parts of a super-block add up to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(nint slab, int slabs, int block, float* sums, float* y, nint nextSlab)
    {
        for (int s = 0; s < slabs; s++)
        {
            ushort* halves = WordBlockMap<TFormat, TPairs>.Halves(map.Scales(slab + s, block));
            for (int row = 0; row < SlabRows; row += Lanes)
            {
                Vector512<float> d = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + row);
                Vector512.FusedMultiplyAdd(d, Vector512.Load(sums + row), Vector512.Load(y + row)).Store(y + row);
            }
            sums += SlabRows;
            y += nextSlab;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddPart(byte* source, ushort* table, Vector512<short>* scales, float step, float* sums)
    {
        Vector512<int> sum0 = Vector512<int>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        nint bytes = Sizes.GroupWords * WordBytes, entries = Sizes.GroupWords * WordTables.Entries;
        for (int four = 0; four < Sizes.PartGroups; four += WordBlocks.Four)
        {
            for (int i = 0; i < 2; i++)
            {
                Vector512<short> scale0 = scales[0], scale1 = scales[1], scale2 = scales[2], scale3 = scales[3];
                for (int w = Sizes.GroupWords; w > 0; w--)
                {
                    Take(
                        source, source + (2 * bytes), table, table + (2 * entries), scale0, scale1, scale2, scale3, ref sum0, ref sum1, ref sum2, ref sum3);
                    source += WordBytes;
                    table += WordTables.Entries;
                }
                scales += Vectors;
            }
            source += 2 * bytes;
            table += 2 * entries;
        }
        Vector512<float> steps = Vector512.Create(step);
        AddTotal(sum0, steps, sums);
        AddTotal(sum1, steps, sums + Lanes);
        AddTotal(sum2, steps, sums + (2 * Lanes));
        AddTotal(sum3, steps, sums + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddPartTwo(
        byte* source, ushort* tableA, ushort* tableB, Vector512<short>* scales, float stepA, float stepB, float* sumsA, float* sumsB)
    {
        Vector512<int> sumA0 = Vector512<int>.Zero, sumA1 = sumA0, sumA2 = sumA0, sumA3 = sumA0;
        Vector512<int> sumB0 = sumA0, sumB1 = sumA0, sumB2 = sumA0, sumB3 = sumA0;
        nint bytes = Sizes.GroupWords * WordBytes, entries = Sizes.GroupWords * WordTables.Entries;
        for (int four = 0; four < Sizes.PartGroups; four += WordBlocks.Four)
        {
            for (int i = 0; i < 2; i++)
            {
                Vector512<short> scale0 = scales[0], scale1 = scales[1], scale2 = scales[2], scale3 = scales[3];
                for (int w = Sizes.GroupWords; w > 0; w--)
                {
                    TakeTwo(
                        source, source + (2 * bytes), tableA, tableA + (2 * entries), tableB, tableB + (2 * entries), scale0, scale1, scale2, scale3,
                        ref sumA0, ref sumA1, ref sumA2, ref sumA3, ref sumB0, ref sumB1, ref sumB2, ref sumB3);
                    source += WordBytes;
                    tableA += WordTables.Entries;
                    tableB += WordTables.Entries;
                }
                scales += Vectors;
            }
            source += 2 * bytes;
            tableA += 2 * entries;
            tableB += 2 * entries;
        }
        Vector512<float> stepsA = Vector512.Create(stepA), stepsB = Vector512.Create(stepB);
        AddTotal(sumA0, stepsA, sumsA);
        AddTotal(sumA1, stepsA, sumsA + Lanes);
        AddTotal(sumA2, stepsA, sumsA + (2 * Lanes));
        AddTotal(sumA3, stepsA, sumsA + (3 * Lanes));
        AddTotal(sumB0, stepsB, sumsB);
        AddTotal(sumB1, stepsB, sumsB + Lanes);
        AddTotal(sumB2, stepsB, sumsB + (2 * Lanes));
        AddTotal(sumB3, stepsB, sumsB + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTotal(Vector512<int> n, Vector512<float> step, float* sums) =>
        Vector512.FusedMultiplyAdd(step, Vector512.ConvertToSingle(n), Vector512.Load(sums)).Store(sums);

    /// <summary>A word of each group of a pair, of 64 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        byte* source, byte* other, ushort* table, ushort* otherTable,
        Vector512<short> scale0, Vector512<short> scale1, Vector512<short> scale2, Vector512<short> scale3,
        ref Vector512<int> sum0, ref Vector512<int> sum1, ref Vector512<int> sum2, ref Vector512<int> sum3)
    {
        Prefetch.Read(source + Prefetch.Distance, WordBytes);
        Prefetch.Read(other + Prefetch.Distance, WordBytes);
        Vector512<ushort> words0 = Vector512.Load((ushort*)source), words1 = Vector512.Load((ushort*)(source + 64));
        Vector512<ushort> others0 = Vector512.Load((ushort*)other), others1 = Vector512.Load((ushort*)(other + 64));
        Find(
            table, words0, WordLookUp.Middle(words0), WordLookUp.High(words0), words1, WordLookUp.Middle(words1), WordLookUp.High(words1),
            out Vector512<ushort> first0, out Vector512<ushort> first1);
        Find(
            otherTable, others0, WordLookUp.Middle(others0), WordLookUp.High(others0), others1, WordLookUp.Middle(others1), WordLookUp.High(others1),
            out Vector512<ushort> second0, out Vector512<ushort> second1);
        sum0 += Low(first0, second0, scale0);
        sum1 += High(first0, second0, scale1);
        sum2 += Low(first1, second1, scale2);
        sum3 += High(first1, second1, scale3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeTwo(
        byte* source, byte* other, ushort* tableA, ushort* otherTableA, ushort* tableB, ushort* otherTableB,
        Vector512<short> scale0, Vector512<short> scale1, Vector512<short> scale2, Vector512<short> scale3,
        ref Vector512<int> sumA0, ref Vector512<int> sumA1, ref Vector512<int> sumA2, ref Vector512<int> sumA3,
        ref Vector512<int> sumB0, ref Vector512<int> sumB1, ref Vector512<int> sumB2, ref Vector512<int> sumB3)
    {
        Prefetch.Read(source + Prefetch.Distance, WordBytes);
        Prefetch.Read(other + Prefetch.Distance, WordBytes);
        Vector512<ushort> words0 = Vector512.Load((ushort*)source), words1 = Vector512.Load((ushort*)(source + 64));
        Vector512<ushort> others0 = Vector512.Load((ushort*)other), others1 = Vector512.Load((ushort*)(other + 64));
        Vector512<ushort> six0 = WordLookUp.Middle(words0), six1 = WordLookUp.Middle(words1);
        Vector512<ushort> eleven0 = WordLookUp.High(words0), eleven1 = WordLookUp.High(words1);
        Vector512<ushort> otherSix0 = WordLookUp.Middle(others0), otherSix1 = WordLookUp.Middle(others1);
        Vector512<ushort> otherEleven0 = WordLookUp.High(others0), otherEleven1 = WordLookUp.High(others1);
        Find(tableA, words0, six0, eleven0, words1, six1, eleven1, out Vector512<ushort> first0, out Vector512<ushort> first1);
        Find(
            otherTableA, others0, otherSix0, otherEleven0, others1, otherSix1, otherEleven1, out Vector512<ushort> second0, out Vector512<ushort> second1);
        sumA0 += Low(first0, second0, scale0);
        sumA1 += High(first0, second0, scale1);
        sumA2 += Low(first1, second1, scale2);
        sumA3 += High(first1, second1, scale3);
        Find(tableB, words0, six0, eleven0, words1, six1, eleven1, out first0, out first1);
        Find(otherTableB, others0, otherSix0, otherEleven0, others1, otherSix1, otherEleven1, out second0, out second1);
        sumB0 += Low(first0, second0, scale0);
        sumB1 += High(first0, second0, scale1);
        sumB2 += Low(first1, second1, scale2);
        sumB3 += High(first1, second1, scale3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Find(
        ushort* table, Vector512<ushort> words0, Vector512<ushort> six0, Vector512<ushort> eleven0,
        Vector512<ushort> words1, Vector512<ushort> six1, Vector512<ushort> eleven1, out Vector512<ushort> sum0, out Vector512<ushort> sum1)
    {
        Vector512<ushort> low0 = Vector512.Load(table), low1 = Vector512.Load(table + 32);
        Vector512<ushort> middle = Vector512.Load(table + 64), high = Vector512.Load(table + 96);
        sum0 = WordLookUp.Find(low0, low1, middle, high, words0, six0, eleven0);
        sum1 = WordLookUp.Find(low0, low1, middle, high, words1, six1, eleven1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Low(Vector512<ushort> first, Vector512<ushort> second, Vector512<short> scale) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackLow(first, second).AsInt16(), scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> High(Vector512<ushort> first, Vector512<ushort> second, Vector512<short> scale) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.UnpackHigh(first, second).AsInt16(), scale);
}
