using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// An <see cref="AffineLayout"/> as right factor of a product of pairs: two neighbouring codes in the halves of a lane, factors after each run.
/// </summary>
internal readonly unsafe struct AffinePairs<TLanes, TVector, TBits>(AffineLayout layout, InputRuns runs) : IOperand<float>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    private const int LeastGroup = 16;

    private readonly AffineWords<TLanes, TVector> _words = new(layout);
    private readonly GroupScales<TLanes, TVector> _scales = new(layout);

    /// <summary>Codes that are unpacked together: those of a word, or of three.</summary>
    private static int Unit => TBits.Bits == 3 ? 32 : 32 / TBits.Bits;

    private static int UnitWords => TBits.Bits == 3 ? 3 : 1;

    /// <summary>
    /// How a product of pairs cuts the matrix's inputs, or null where groups begin inside a word, or are so short that float32 sums cost as much.
    /// </summary>
    public static InputRuns? Runs(AffineLayout layout) =>
        layout.GroupSize % Unit == 0 && layout.GroupSize >= LeastGroup ? new InputRuns(layout.Columns, layout.GroupSize, (1 << TBits.Bits) - 1, Unit) : null;

    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // The layout is zero beyond the last row, so whole panels can be read.
        System.Diagnostics.Debug.Assert(width == 2 * TLanes.Count, "A tile is two vectors wide.");
        nint slab = lane / AffineLayout.SlabRows;
        int row = (int)(lane % AffineLayout.SlabRows), first = (int)start / runs.PanelRows, end = first + (depth / runs.PanelRows);
        for (int run = first; run < end; run++)
        {
            int count = runs.Filled(run);
            float* factors = panel + ((nint)runs.Pairs * width);
            Unpack(slab, row, (nint)(runs.Start(run) / Unit) * UnitWords, count / Unit, panel, factors + width);
            if (count < runs.Length)
            {
                new Span<float>(panel + ((nint)count / 2 * width), (runs.Length - count) / 2 * width).Clear();
            }
            uint* at = _scales.At(slab, runs.Group(run), row);
            for (int v = 0; v < 2; v++)
            {
                _scales.Load(at + (v * TLanes.Count), out TVector scale, out TVector bias);
                TLanes.Store(scale, factors + (v * TLanes.Count));
                TLanes.Store(bias, factors + (2 * width) + (v * TLanes.Count));
            }
            panel += (nint)runs.PanelRows * width;
        }
    }

    /// <summary>Writes the pairs of codes of two vectors of rows, and the sums of the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unpack(nint slab, int row, nint word, int units, float* panel, float* sums)
    {
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero;
        for (; units > 0; units--)
        {
            _words.Load(slab, row, word++, out TVector w0, out TVector w1);
            if (TBits.Bits == 3)
            {
                // 32 codes in three words, whose bits are cut into runs of 10, 10, 6 and 6 codes.
                _words.Load(slab, row, word++, out TVector v0, out TVector v1);
                _words.Load(slab, row, word++, out TVector u0, out TVector u1);
                panel = Take(w0, w1, 5, panel, ref sum0, ref sum1);
                panel = Take(Join(w0, v0, 30), Join(w1, v1, 30), 5, panel, ref sum0, ref sum1);
                panel = Take(Join(v0, u0, 28), Join(v1, u1, 28), 3, panel, ref sum0, ref sum1);
                panel = Take(TLanes.ShiftRight(u0, 14), TLanes.ShiftRight(u1, 14), 3, panel, ref sum0, ref sum1);
            }
            else
            {
                panel = Take(w0, w1, Unit / 2, panel, ref sum0, ref sum1);
            }
        }
        TLanes.Store(TLanes.ConvertToSingle(sum0), sums);
        TLanes.Store(TLanes.ConvertToSingle(sum1), sums + TLanes.Count);
    }

    /// <summary>Stores <paramref name="pairs"/> pairs of codes, lowest bits first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Take(TVector w0, TVector w1, int pairs, float* panel, ref TVector sum0, ref TVector sum1)
    {
        TVector ones = TLanes.BroadcastBits(0x00010001);
        for (int p = 0; p < pairs; p++)
        {
            TVector pair0 = Pair(w0), pair1 = Pair(w1);
            sum0 = TLanes.MultiplyAddPairs(pair0, ones, sum0);
            sum1 = TLanes.MultiplyAddPairs(pair1, ones, sum1);
            TLanes.Store(pair0, panel);
            TLanes.Store(pair1, panel + TLanes.Count);
            w0 = TLanes.ShiftRight(w0, 2 * TBits.Bits);
            w1 = TLanes.ShiftRight(w1, 2 * TBits.Bits);
            panel += 2 * TLanes.Count;
        }
        return panel;
    }

    /// <summary>The lowest two codes of each lane in its halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Pair(TVector words)
    {
        const int Half = 16;
        uint mask = (1u << TBits.Bits) - 1;
        return TLanes.Or(
            TLanes.And(words, TLanes.BroadcastBits(mask)), TLanes.And(TLanes.ShiftLeft(words, Half - TBits.Bits), TLanes.BroadcastBits(mask << Half)));
    }

    /// <summary>The bits from <paramref name="shift"/> of low on, followed by those of high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Join(TVector low, TVector high, int shift) => TLanes.Or(TLanes.ShiftRight(low, shift), TLanes.ShiftLeft(high, 32 - shift));
}
