using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Blocks of words with AVX-512: three permutations find in the <see cref="WordTables"/> what 16 bits of 32 rows' codes add to their products.
/// </summary>
/// <remarks>
/// Ten instructions for 32 x 16 bits of codes, 256 weights of two bits; eight for a further row of inputs. To dequantize and multiply them takes 48.
/// </remarks>
internal readonly unsafe struct PermutedWords : IWordBlock<PermutedWords>
{
    // Words of a loop's step: a loop of two steps is foretold rightly.
    private const int Unrolled = 4;
    private const int WordBytes = AffineLayout.SlabRows * sizeof(ushort);

    private readonly GroupTotals<SingleLanes512, Vector512<float>> _totals;
    private readonly int _blockWords;

    private PermutedWords(AffineLayout layout, WordTableInput form)
    {
        _totals = new GroupTotals<SingleLanes512, Vector512<float>>(layout);
        _blockWords = form.BlockWords;
    }

    public static CodeOrder Order => CodeOrder.Halves;

    public static WordFields Fields => WordFields.SixFiveFive;

    public static bool LooksPromptsUp => true;

    public static PermutedWords Of(AffineLayout layout, WordTableInput form) => new(layout, form);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* ScalesAt(nint slab, nint group) => _totals.ScalesAt(slab, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(byte* source, ushort* table, uint* at, float step, float sum, float* y)
    {
        (Vector512<uint> all0, Vector512<uint> high0) = Starts();
        Vector512<uint> all1 = all0, high1 = high0;
        int w = _blockWords;
        for (; w >= Unrolled; w -= Unrolled)
        {
            Take(source, table, ref all0, ref high0, ref all1, ref high1);
            Take(source + WordBytes, table + WordTables.Entries, ref all0, ref high0, ref all1, ref high1);
            Take(source + (2 * WordBytes), table + (2 * WordTables.Entries), ref all0, ref high0, ref all1, ref high1);
            Take(source + (3 * WordBytes), table + (3 * WordTables.Entries), ref all0, ref high0, ref all1, ref high1);
            source += Unrolled * WordBytes;
            table += Unrolled * WordTables.Entries;
        }
        for (; w > 0; w--)
        {
            Take(source, table, ref all0, ref high0, ref all1, ref high1);
            source += WordBytes;
            table += WordTables.Entries;
        }
        Vector512<float> steps = Vector512.Create(step), sums = Vector512.Create(sum), middles = _totals.MiddleSum(sum);
        _totals.Add(at, Low(all0, high0), steps, middles, sums, y);
        _totals.Add(at + 16, high0.AsSingle(), steps, middles, sums, y + 16);
        _totals.Add(at + 32, Low(all1, high1), steps, middles, sums, y + 32);
        _totals.Add(at + 48, high1.AsSingle(), steps, middles, sums, y + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwo(byte* source, ushort* tableA, ushort* tableB, uint* at, float* numberA, float* yA, float* numberB, float* yB)
    {
        (Vector512<uint> allA0, Vector512<uint> highA0) = Starts();
        Vector512<uint> allA1 = allA0, highA1 = highA0, allB0 = allA0, highB0 = highA0, allB1 = allA0, highB1 = highA0;
        int w = _blockWords;
        for (; w >= Unrolled; w -= Unrolled)
        {
            TakeTwo(
                source, tableA, tableB,
                ref allA0, ref highA0, ref allA1, ref highA1, ref allB0, ref highB0, ref allB1, ref highB1);
            TakeTwo(
                source + WordBytes, tableA + WordTables.Entries, tableB + WordTables.Entries,
                ref allA0, ref highA0, ref allA1, ref highA1, ref allB0, ref highB0, ref allB1, ref highB1);
            TakeTwo(
                source + (2 * WordBytes), tableA + (2 * WordTables.Entries), tableB + (2 * WordTables.Entries),
                ref allA0, ref highA0, ref allA1, ref highA1, ref allB0, ref highB0, ref allB1, ref highB1);
            TakeTwo(
                source + (3 * WordBytes), tableA + (3 * WordTables.Entries), tableB + (3 * WordTables.Entries),
                ref allA0, ref highA0, ref allA1, ref highA1, ref allB0, ref highB0, ref allB1, ref highB1);
            source += Unrolled * WordBytes;
            tableA += Unrolled * WordTables.Entries;
            tableB += Unrolled * WordTables.Entries;
        }
        for (; w > 0; w--)
        {
            TakeTwo(source, tableA, tableB, ref allA0, ref highA0, ref allA1, ref highA1, ref allB0, ref highB0, ref allB1, ref highB1);
            source += WordBytes;
            tableA += WordTables.Entries;
            tableB += WordTables.Entries;
        }
        _totals.AddTwo(at, Low(allA0, highA0), numberA, yA, Low(allB0, highB0), numberB, yB);
        _totals.AddTwo(at + 16, highA0.AsSingle(), numberA, yA + 16, highB0.AsSingle(), numberB, yB + 16);
        _totals.AddTwo(at + 32, Low(allA1, highA1), numberA, yA + 32, Low(allB1, highB1), numberB, yB + 32);
        _totals.AddTwo(at + 48, highA1.AsSingle(), numberA, yA + 48, highB1.AsSingle(), numberB, yB + 48);
    }

    /// <summary>A word of 64 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        byte* source, ushort* table, ref Vector512<uint> all0, ref Vector512<uint> high0, ref Vector512<uint> all1, ref Vector512<uint> high1)
    {
        Prefetch.Read(source + Prefetch.Distance, WordBytes);
        Vector512<ushort> words0 = Vector512.Load((ushort*)source), words1 = Vector512.Load((ushort*)(source + 64));
        Vector512<ushort> low0 = Vector512.Load(table), low1 = Vector512.Load(table + 32);
        Vector512<ushort> middle = Vector512.Load(table + 64), high = Vector512.Load(table + 96);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words0, WordLookUp.Middle(words0), WordLookUp.High(words0)), ref all0, ref high0);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words1, WordLookUp.Middle(words1), WordLookUp.High(words1)), ref all1, ref high1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeTwo(
        byte* source, ushort* tableA, ushort* tableB,
        ref Vector512<uint> allA0, ref Vector512<uint> highA0, ref Vector512<uint> allA1, ref Vector512<uint> highA1,
        ref Vector512<uint> allB0, ref Vector512<uint> highB0, ref Vector512<uint> allB1, ref Vector512<uint> highB1)
    {
        Prefetch.Read(source + Prefetch.Distance, WordBytes);
        Vector512<ushort> words0 = Vector512.Load((ushort*)source), words1 = Vector512.Load((ushort*)(source + 64));
        Vector512<ushort> six0 = WordLookUp.Middle(words0), six1 = WordLookUp.Middle(words1);
        Vector512<ushort> eleven0 = WordLookUp.High(words0), eleven1 = WordLookUp.High(words1);
        Vector512<ushort> low0 = Vector512.Load(tableA), low1 = Vector512.Load(tableA + 32);
        Vector512<ushort> middle = Vector512.Load(tableA + 64), high = Vector512.Load(tableA + 96);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words0, six0, eleven0), ref allA0, ref highA0);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words1, six1, eleven1), ref allA1, ref highA1);
        low0 = Vector512.Load(tableB);
        low1 = Vector512.Load(tableB + 32);
        middle = Vector512.Load(tableB + 64);
        high = Vector512.Load(tableB + 96);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words0, six0, eleven0), ref allB0, ref highB0);
        Accumulate(WordLookUp.Find(low0, low1, middle, high, words1, six1, eleven1), ref allB1, ref highB1);
    }

    /// <summary>What the sums of a block begin with, so that the offsets of its words are gone from them in the end.</summary>
    private (Vector512<uint> All, Vector512<uint> High) Starts()
    {
        uint offset = (uint)_blockWords * WordTables.Offset;
        return (Vector512.Create(unchecked(0u - offset - (offset << 16))), Vector512.Create(unchecked(0u - offset)));
    }

    /// <summary>Adds the halves of each lane to two sums: the upper ones to one, both, as a number of 32 bits, to the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector512<ushort> halves, ref Vector512<uint> all, ref Vector512<uint> high)
    {
        all += halves.AsUInt32();
        high += halves.AsUInt32() >>> 16;
    }

    /// <summary>The sum of the lower halves, as bits. What passed 32 bits on the way comes back: the result fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Low(Vector512<uint> all, Vector512<uint> high) => (all - (high << 16)).AsSingle();
}
