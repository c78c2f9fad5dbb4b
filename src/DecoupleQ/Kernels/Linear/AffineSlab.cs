using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Two vectors of rows of an <see cref="AffineLayout"/> times one token:
/// <c>y_i = sum over g of s_ig (sum over j in g of q_ij x_j) + b_ig (sum over j in g of x_j)</c>.
/// </summary>
internal readonly unsafe struct AffineSlab<TLanes, TVector, TBits>(AffineLayout layout)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    private readonly uint* _codes = layout.Codes;
    private readonly GroupScales<TLanes, TVector> _scales = new(layout);
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _groups = layout.Groups;
    private readonly int _groupSize = layout.GroupSize;
    private readonly bool _halved = layout.Halved;
    private readonly AffineWords<TLanes, TVector> _loads = new(layout);

    /// <summary>Rows that are worked on together.</summary>
    public static int RowsAtOnce => 2 * TLanes.Count;

    private static int CodesPerWord => 32 / TBits.Bits;

    /// <summary>Whether every group begins and ends with a word (at 3 bits: with three words, 32 codes).</summary>
    private bool GroupsAreWords => _groupSize % (TBits.Bits == 3 ? 32 : CodesPerWord) == 0;

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="x">One token's input.</param>
    /// <param name="sums">The sum of x over each group.</param>
    /// <param name="y">64 outputs.</param>
    public void Multiply(nint slab, float* x, float* sums, float* y)
    {
        for (int row = 0; row < AffineLayout.SlabRows; row += RowsAtOnce)
        {
            if (GroupsAreWords && !_halved)
            {
                MultiplyWords(slab, row, x, sums, y + row);
            }
            else
            {
                MultiplyCodes(slab, row, x, sums, y + row);
            }
        }
    }

    /// <summary>
    /// The weights of rows <paramref name="row"/> .. of <paramref name="slab"/> at columns start .. start + depth - 1: depth x <see cref="RowsAtOnce"/> floats.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dequantize(nint slab, int row, int start, int depth, float* panel)
    {
        TVector table = TLanes.CodeTable(TBits.Bits);
        for (int end = start + depth; start < end;)
        {
            int g = start / _groupSize, groupEnd = Math.Min(end, (g + 1) * _groupSize);
            uint* at = _scales.At(slab, g, row);
            _scales.Load(at, out TVector s0, out TVector b0);
            _scales.Load(at + TLanes.Count, out TVector s1, out TVector b1);
            if (TBits.Bits != 3 && start % CodesPerWord == 0)
            {
                for (; start + CodesPerWord <= groupEnd; start += CodesPerWord)
                {
                    _loads.Load(slab, row, start / CodesPerWord, out TVector w0, out TVector w1);
                    for (int c = 0; c < CodesPerWord; c++)
                    {
                        TLanes.Store(TLanes.MultiplyAdd(s0, TLanes.LookUp(table, w0, TBits.Bits), b0), panel);
                        TLanes.Store(TLanes.MultiplyAdd(s1, TLanes.LookUp(table, w1, TBits.Bits), b1), panel + TLanes.Count);
                        w0 = TLanes.ShiftRight(w0, TBits.Bits);
                        w1 = TLanes.ShiftRight(w1, TBits.Bits);
                        panel += 2 * TLanes.Count;
                    }
                }
            }
            for (; start < groupEnd; start++)
            {
                CodesAt(slab, row, start, out TVector w0, out TVector w1);
                TLanes.Store(TLanes.MultiplyAdd(s0, TLanes.LookUp(table, w0, TBits.Bits), b0), panel);
                TLanes.Store(TLanes.MultiplyAdd(s1, TLanes.LookUp(table, w1, TBits.Bits), b1), panel + TLanes.Count);
                panel += 2 * TLanes.Count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyWords(nint slab, int row, float* x, float* sums, float* y)
    {
        uint* source = Words(slab, row);
        TVector table = TLanes.CodeTable(TBits.Bits), total0 = TLanes.Zero, total1 = TLanes.Zero;
        for (int g = 0; g < _groups; g++)
        {
            Prefetch.Read(_scales.At(slab, g + 2, 0), AffineLayout.SlabRows * sizeof(uint));

            // Two runs of codes at a time, and so four chains of additions, which hide the latency of one.
            TVector even0 = TLanes.Zero, even1 = TLanes.Zero, odd0 = TLanes.Zero, odd1 = TLanes.Zero;
            for (float* end = x + _groupSize; x < end;)
            {
                Prefetch.Read((byte*)source + Prefetch.Distance, (TBits.Bits == 3 ? 3 : 1) * 2 * TLanes.Count * sizeof(uint));
                if (TBits.Bits == 3)
                {
                    // 32 codes in three words, whose bits are cut into runs of 10, 10, 6 and 6 codes.
                    TVector w0 = TLanes.LoadBits(source), w1 = TLanes.LoadBits(source + TLanes.Count);
                    source += AffineLayout.SlabRows;
                    TVector v0 = TLanes.LoadBits(source), v1 = TLanes.LoadBits(source + TLanes.Count);
                    source += AffineLayout.SlabRows;
                    TVector u0 = TLanes.LoadBits(source), u1 = TLanes.LoadBits(source + TLanes.Count);
                    source += AffineLayout.SlabRows;
                    Take(table, w0, w1, Join(w0, v0, 30), Join(w1, v1, 30), 10, x, x + 10, ref even0, ref even1, ref odd0, ref odd1);
                    Take(
                        table, Join(v0, u0, 28), Join(v1, u1, 28), TLanes.ShiftRight(u0, 14), TLanes.ShiftRight(u1, 14), 6, x + 20, x + 26,
                        ref even0, ref even1, ref odd0, ref odd1);
                    x += 32;
                }
                else
                {
                    // A load from one byte further on has the next byte's codes lowest, without a shift; the bits above are not looked at.
                    const int CodeByte = 8;
                    for (int b = 0; b < 4; b += 2)
                    {
                        byte* bytes = (byte*)source + b;
                        Take(
                            table, LoadBytes(bytes), LoadBytes(bytes + (TLanes.Count * sizeof(uint))),
                            LoadBytes(bytes + 1), LoadBytes(bytes + 1 + (TLanes.Count * sizeof(uint))),
                            CodeByte / TBits.Bits, x, x + (CodeByte / TBits.Bits), ref even0, ref even1, ref odd0, ref odd1);
                        x += 2 * CodeByte / TBits.Bits;
                    }
                    source += AffineLayout.SlabRows;
                }
            }
            AddGroup(slab, g, row, sums[g], TLanes.Add(even0, odd0), TLanes.Add(even1, odd1), ref total0, ref total1);
        }
        TLanes.Store(total0, y);
        TLanes.Store(total1, y + TLanes.Count);
    }

    /// <summary>Groups that begin inside a word: code by code.</summary>
    private void MultiplyCodes(nint slab, int row, float* x, float* sums, float* y)
    {
        TVector table = TLanes.CodeTable(TBits.Bits), total0 = TLanes.Zero, total1 = TLanes.Zero;
        for (int g = 0; g < _groups; g++)
        {
            TVector part0 = TLanes.Zero, part1 = TLanes.Zero;
            for (int j = g * _groupSize; j < (g + 1) * _groupSize; j++)
            {
                TVector input = TLanes.Broadcast(x[j]);
                CodesAt(slab, row, j, out TVector w0, out TVector w1);
                part0 = TLanes.MultiplyAdd(TLanes.LookUp(table, w0, TBits.Bits), input, part0);
                part1 = TLanes.MultiplyAdd(TLanes.LookUp(table, w1, TBits.Bits), input, part1);
            }
            AddGroup(slab, g, row, sums[g], part0, part1, ref total0, ref total1);
        }
        TLanes.Store(total0, y);
        TLanes.Store(total1, y + TLanes.Count);
    }

    /// <summary>Adds the products of two runs of <paramref name="count"/> codes, lowest bits first: the run in w with x, the one in v with z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        TVector table, TVector w0, TVector w1, TVector v0, TVector v1, int count, float* x, float* z,
        ref TVector even0, ref TVector even1, ref TVector odd0, ref TVector odd1)
    {
        for (int c = 0; c < count; c++)
        {
            TVector input = TLanes.Broadcast(x[c]);
            even0 = TLanes.MultiplyAdd(TLanes.LookUp(table, w0, TBits.Bits), input, even0);
            even1 = TLanes.MultiplyAdd(TLanes.LookUp(table, w1, TBits.Bits), input, even1);
            input = TLanes.Broadcast(z[c]);
            odd0 = TLanes.MultiplyAdd(TLanes.LookUp(table, v0, TBits.Bits), input, odd0);
            odd1 = TLanes.MultiplyAdd(TLanes.LookUp(table, v1, TBits.Bits), input, odd1);
            if (c + 1 < count)
            {
                w0 = TLanes.ShiftRight(w0, TBits.Bits);
                w1 = TLanes.ShiftRight(w1, TBits.Bits);
                v0 = TLanes.ShiftRight(v0, TBits.Bits);
                v1 = TLanes.ShiftRight(v1, TBits.Bits);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LoadBytes(byte* source) => TLanes.LoadBits((uint*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGroup(nint slab, int g, int row, float sum, TVector part0, TVector part1, ref TVector total0, ref TVector total1)
    {
        uint* at = _scales.At(slab, g, row);
        TVector input = TLanes.Broadcast(sum);
        _scales.Load(at, out TVector s0, out TVector b0);
        _scales.Load(at + TLanes.Count, out TVector s1, out TVector b1);
        total0 = TLanes.MultiplyAdd(s0, part0, TLanes.MultiplyAdd(b0, input, total0));
        total1 = TLanes.MultiplyAdd(s1, part1, TLanes.MultiplyAdd(b1, input, total1));
    }

    /// <summary>The bits from <paramref name="shift"/> of low on, followed by those of high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Join(TVector low, TVector high, int shift) => TLanes.Or(TLanes.ShiftRight(low, shift), TLanes.ShiftLeft(high, 32 - shift));

    /// <summary>Words of two vectors of rows whose lowest bits are the codes of column <paramref name="j"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CodesAt(nint slab, int row, int j, out TVector w0, out TVector w1)
    {
        nint bit = (nint)j * TBits.Bits;
        int shift = (int)(bit & 31);
        _loads.Load(slab, row, bit >> 5, out w0, out w1);
        w0 = TLanes.ShiftRight(w0, shift);
        w1 = TLanes.ShiftRight(w1, shift);
        if (shift + TBits.Bits > 32)
        {
            _loads.Load(slab, row, (bit >> 5) + 1, out TVector next0, out TVector next1);
            w0 = TLanes.Or(w0, TLanes.ShiftLeft(next0, 32 - shift));
            w1 = TLanes.Or(w1, TLanes.ShiftLeft(next1, 32 - shift));
        }
    }

    private uint* Words(nint slab, int row) => _codes + (slab * _words * AffineLayout.SlabRows) + row;
}
