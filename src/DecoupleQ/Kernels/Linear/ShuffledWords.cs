using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Blocks of words with AVX2: shuffles find in the <see cref="WordTables"/> the lower and the upper byte of what four bits of 32 rows' codes add to their
/// products.
/// </summary>
/// <remarks>
/// 34 instructions for 32 x 16 bits of codes, 256 weights of two bits; 28 for a further row of inputs. To dequantize and multiply them takes 88, to look three
/// bits up in tables of float32 62.
/// </remarks>
internal readonly unsafe struct ShuffledWords : IWordBlock<ShuffledWords>
{
    // Half a slab at a time: its sums of two rows of inputs take eight of sixteen registers.
    private const int RowsAtOnce = 32;
    private const int Plane = 16;
    private const int TableBytes = 8 * Plane;
    private const int HalfBytes = RowsAtOnce * sizeof(ushort);
    private const int WordBytes = AffineLayout.SlabRows * sizeof(ushort);

    private readonly GroupTotals<SingleLanes256, Vector256<float>> _totals;
    private readonly int _blockWords;

    private ShuffledWords(AffineLayout layout, WordTableInput form)
    {
        _totals = new GroupTotals<SingleLanes256, Vector256<float>>(layout);
        _blockWords = form.BlockWords;
    }

    public static CodeOrder Order => CodeOrder.Bytes;

    public static WordFields Fields => WordFields.Nibbles;

    // Sixteen multiply-adds of pairs take the 256 weights of two bits that 28 instructions look up, and more rows share what unpacks them: measured 1.2 times
    // as fast at two bits, twice at four.
    public static bool LooksPromptsUp => false;

    public static ShuffledWords Of(AffineLayout layout, WordTableInput form) => new(layout, form);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* ScalesAt(nint slab, nint group) => _totals.ScalesAt(slab, group);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(byte* source, ushort* table, uint* at, float step, float sum, float* y)
    {
        for (int row = 0; row < AffineLayout.SlabRows; row += RowsAtOnce, source += HalfBytes, at += RowsAtOnce, y += RowsAtOnce)
        {
            (Vector256<uint> all0, Vector256<uint> high0) = Starts();
            Vector256<uint> all1 = all0, high1 = high0;
            byte* from = source, tables = (byte*)table;
            for (int w = _blockWords; w > 0; w--, from += WordBytes, tables += TableBytes)
            {
                Prefetch.Read(from + Prefetch.Distance);
                Nibbles(from, out Vector256<byte> n0, out Vector256<byte> n1, out Vector256<byte> n2, out Vector256<byte> n3);
                Take(tables, n0, n1, n2, n3, ref all0, ref high0, ref all1, ref high1);
            }
            Vector256<float> steps = Vector256.Create(step), sums = Vector256.Create(sum), middles = _totals.MiddleSum(sum);
            _totals.Add(at, Low(all0, high0), steps, middles, sums, y);
            _totals.Add(at + 8, high0.AsSingle(), steps, middles, sums, y + 8);
            _totals.Add(at + 16, Low(all1, high1), steps, middles, sums, y + 16);
            _totals.Add(at + 24, high1.AsSingle(), steps, middles, sums, y + 24);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwo(byte* source, ushort* tableA, ushort* tableB, uint* at, float* numberA, float* yA, float* numberB, float* yB)
    {
        for (int row = 0; row < AffineLayout.SlabRows; row += RowsAtOnce, source += HalfBytes, at += RowsAtOnce, yA += RowsAtOnce, yB += RowsAtOnce)
        {
            (Vector256<uint> allA0, Vector256<uint> highA0) = Starts();
            Vector256<uint> allA1 = allA0, highA1 = highA0, allB0 = allA0, highB0 = highA0, allB1 = allA0, highB1 = highA0;
            byte* from = source, tablesA = (byte*)tableA, tablesB = (byte*)tableB;
            for (int w = _blockWords; w > 0; w--, from += WordBytes, tablesA += TableBytes, tablesB += TableBytes)
            {
                Prefetch.Read(from + Prefetch.Distance);
                Nibbles(from, out Vector256<byte> n0, out Vector256<byte> n1, out Vector256<byte> n2, out Vector256<byte> n3);
                Take(tablesA, n0, n1, n2, n3, ref allA0, ref highA0, ref allA1, ref highA1);
                Take(tablesB, n0, n1, n2, n3, ref allB0, ref highB0, ref allB1, ref highB1);
            }
            _totals.AddTwo(at, Low(allA0, highA0), numberA, yA, Low(allB0, highB0), numberB, yB);
            _totals.AddTwo(at + 8, highA0.AsSingle(), numberA, yA + 8, highB0.AsSingle(), numberB, yB + 8);
            _totals.AddTwo(at + 16, Low(allA1, highA1), numberA, yA + 16, Low(allB1, highB1), numberB, yB + 16);
            _totals.AddTwo(at + 24, highA1.AsSingle(), numberA, yA + 24, highB1.AsSingle(), numberB, yB + 24);
        }
    }

    /// <summary>The four fields of 32 rows' words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Nibbles(byte* source, out Vector256<byte> n0, out Vector256<byte> n1, out Vector256<byte> n2, out Vector256<byte> n3)
    {
        Vector256<byte> mask = Vector256.Create((byte)0x0F), low = Vector256.Load(source), high = Vector256.Load(source + RowsAtOnce);
        n0 = low & mask;
        n1 = (low.AsUInt16() >>> 4).AsByte() & mask;
        n2 = high & mask;
        n3 = (high.AsUInt16() >>> 4).AsByte() & mask;
    }

    /// <summary>Adds what the tables of a word have for its fields.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        byte* tables, Vector256<byte> n0, Vector256<byte> n1, Vector256<byte> n2, Vector256<byte> n3,
        ref Vector256<uint> all0, ref Vector256<uint> high0, ref Vector256<uint> all1, ref Vector256<uint> high1)
    {
        LookUp(tables, n0, out Vector256<ushort> sum0, out Vector256<ushort> sum1);
        AddField(tables + (2 * Plane), n1, ref sum0, ref sum1);
        AddField(tables + (4 * Plane), n2, ref sum0, ref sum1);
        AddField(tables + (6 * Plane), n3, ref sum0, ref sum1);
        Accumulate(sum0, ref all0, ref high0);
        Accumulate(sum1, ref all1, ref high1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddField(byte* planes, Vector256<byte> nibbles, ref Vector256<ushort> sum0, ref Vector256<ushort> sum1)
    {
        LookUp(planes, nibbles, out Vector256<ushort> found0, out Vector256<ushort> found1);
        sum0 += found0;
        sum1 += found1;
    }

    /// <summary>The entries of 32 rows: those of bytes 0 .. 7 and 16 .. 23, and those of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LookUp(byte* planes, Vector256<byte> nibbles, out Vector256<ushort> found0, out Vector256<ushort> found1)
    {
        Vector256<byte> low = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(planes), nibbles);
        Vector256<byte> high = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(planes + Plane), nibbles);
        found0 = Avx2.UnpackLow(low, high).AsUInt16();
        found1 = Avx2.UnpackHigh(low, high).AsUInt16();
    }

    /// <summary>What the sums of a block begin with, so that the offsets of its words are gone from them in the end.</summary>
    private (Vector256<uint> All, Vector256<uint> High) Starts()
    {
        uint offset = (uint)_blockWords * WordTables.Offset;
        return (Vector256.Create(unchecked(0u - offset - (offset << 16))), Vector256.Create(unchecked(0u - offset)));
    }

    /// <summary>Adds the halves of each lane to two sums: the upper ones to one, both, as a number of 32 bits, to the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector256<ushort> halves, ref Vector256<uint> all, ref Vector256<uint> high)
    {
        all += halves.AsUInt32();
        high += halves.AsUInt32() >>> 16;
    }

    /// <summary>The sum of the lower halves, as bits. What passed 32 bits on the way comes back: the result fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Low(Vector256<uint> all, Vector256<uint> high) => (all - (high << 16)).AsSingle();
}
