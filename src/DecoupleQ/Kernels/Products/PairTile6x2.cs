using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Products;

/// <summary>A tile of pairs of 16-bit integers, 6 rows by two vectors: 12 accumulators of 16 registers.</summary>
/// <remarks>
/// The order of its panels is that of <see cref="InputRuns"/>. The accumulators are locals, one by one, because only so does the JIT keep them in registers.
/// </remarks>
/// <param name="pairs">Pairs of a run of inputs.</param>
internal readonly unsafe struct PairTile6x2<TLanes, TVector, TSum>(int pairs) : ITile<float>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TSum : IPairSum
{
    public static int Rows => 6;

    public static int Columns => 2 * TLanes.Count;

    public static int ShortRows => Rows;

    public int DepthUnit => pairs + InputRuns.FactorRows;

    public void MultiplyShort(nint depth, float* a, float* b, float* c, nint stride, Destination destination) => Multiply(depth, a, b, c, stride, destination);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(nint depth, float* a, float* b, float* c, nint stride, Destination destination)
    {
        byte* memory = stackalloc byte[PairTotals<TLanes, TVector>.Bytes(Rows)];
        float* totals = PairTotals<TLanes, TVector>.Clear(memory, Rows);
        for (nint end = depth - pairs; end >= 0; end -= pairs + InputRuns.FactorRows)
        {
            TVector c0l = TLanes.Zero, c0r = TLanes.Zero;
            TVector c1l = TLanes.Zero, c1r = TLanes.Zero;
            TVector c2l = TLanes.Zero, c2r = TLanes.Zero;
            TVector c3l = TLanes.Zero, c3r = TLanes.Zero;
            TVector c4l = TLanes.Zero, c4r = TLanes.Zero;
            TVector c5l = TLanes.Zero, c5r = TLanes.Zero;
            for (int p = pairs; p > 0; p -= InputRuns.PairsAtOnce)
            {
                TVector left = TLanes.Load(b), right = TLanes.Load(b + TLanes.Count);
                TVector x = TLanes.Broadcast(a[0]);
                c0l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c0l);
                c0r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c0r);
                x = TLanes.Broadcast(a[1]);
                c1l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c1l);
                c1r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c1r);
                x = TLanes.Broadcast(a[2]);
                c2l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c2l);
                c2r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c2r);
                x = TLanes.Broadcast(a[3]);
                c3l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c3l);
                c3r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c3r);
                x = TLanes.Broadcast(a[4]);
                c4l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c4l);
                c4r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c4r);
                x = TLanes.Broadcast(a[5]);
                c5l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c5l);
                c5r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c5r);
                left = TLanes.Load(b + (2 * TLanes.Count));
                right = TLanes.Load(b + (3 * TLanes.Count));
                x = TLanes.Broadcast(a[6]);
                c0l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c0l);
                c0r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c0r);
                x = TLanes.Broadcast(a[7]);
                c1l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c1l);
                c1r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c1r);
                x = TLanes.Broadcast(a[8]);
                c2l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c2l);
                c2r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c2r);
                x = TLanes.Broadcast(a[9]);
                c3l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c3l);
                c3r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c3r);
                x = TLanes.Broadcast(a[10]);
                c4l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c4l);
                c4r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c4r);
                x = TLanes.Broadcast(a[11]);
                c5l = TSum.MultiplyAdd<TLanes, TVector>(x, left, c5l);
                c5r = TSum.MultiplyAdd<TLanes, TVector>(x, right, c5r);
                a += InputRuns.PairsAtOnce * Rows;
                b += InputRuns.PairsAtOnce * Columns;
            }
            // Read once: after every store to the totals the JIT would read them anew.
            TVector scale0 = TLanes.Load(b), scale1 = TLanes.Load(b + TLanes.Count);
            TVector codes0 = TLanes.Load(b + Columns), codes1 = TLanes.Load(b + Columns + TLanes.Count);
            TVector bias0 = TLanes.Load(b + (2 * Columns)), bias1 = TLanes.Load(b + (2 * Columns) + TLanes.Count);
            TVector step = TLanes.Broadcast(a[0]), least = TLanes.Broadcast(a[Rows + 0]), sum = TLanes.Broadcast(a[(2 * Rows) + 0]);
            PairTotals<TLanes, TVector>.Add(c0l, step, least, sum, scale0, codes0, bias0, totals + (0 * Columns));
            PairTotals<TLanes, TVector>.Add(c0r, step, least, sum, scale1, codes1, bias1, totals + (0 * Columns) + TLanes.Count);
            step = TLanes.Broadcast(a[1]);
            least = TLanes.Broadcast(a[Rows + 1]);
            sum = TLanes.Broadcast(a[(2 * Rows) + 1]);
            PairTotals<TLanes, TVector>.Add(c1l, step, least, sum, scale0, codes0, bias0, totals + (1 * Columns));
            PairTotals<TLanes, TVector>.Add(c1r, step, least, sum, scale1, codes1, bias1, totals + (1 * Columns) + TLanes.Count);
            step = TLanes.Broadcast(a[2]);
            least = TLanes.Broadcast(a[Rows + 2]);
            sum = TLanes.Broadcast(a[(2 * Rows) + 2]);
            PairTotals<TLanes, TVector>.Add(c2l, step, least, sum, scale0, codes0, bias0, totals + (2 * Columns));
            PairTotals<TLanes, TVector>.Add(c2r, step, least, sum, scale1, codes1, bias1, totals + (2 * Columns) + TLanes.Count);
            step = TLanes.Broadcast(a[3]);
            least = TLanes.Broadcast(a[Rows + 3]);
            sum = TLanes.Broadcast(a[(2 * Rows) + 3]);
            PairTotals<TLanes, TVector>.Add(c3l, step, least, sum, scale0, codes0, bias0, totals + (3 * Columns));
            PairTotals<TLanes, TVector>.Add(c3r, step, least, sum, scale1, codes1, bias1, totals + (3 * Columns) + TLanes.Count);
            step = TLanes.Broadcast(a[4]);
            least = TLanes.Broadcast(a[Rows + 4]);
            sum = TLanes.Broadcast(a[(2 * Rows) + 4]);
            PairTotals<TLanes, TVector>.Add(c4l, step, least, sum, scale0, codes0, bias0, totals + (4 * Columns));
            PairTotals<TLanes, TVector>.Add(c4r, step, least, sum, scale1, codes1, bias1, totals + (4 * Columns) + TLanes.Count);
            step = TLanes.Broadcast(a[5]);
            least = TLanes.Broadcast(a[Rows + 5]);
            sum = TLanes.Broadcast(a[(2 * Rows) + 5]);
            PairTotals<TLanes, TVector>.Add(c5l, step, least, sum, scale0, codes0, bias0, totals + (5 * Columns));
            PairTotals<TLanes, TVector>.Add(c5r, step, least, sum, scale1, codes1, bias1, totals + (5 * Columns) + TLanes.Count);
            a += InputRuns.FactorRows * Rows;
            b += InputRuns.FactorRows * Columns;
        }
        PairTotals<TLanes, TVector>.Store(totals, Rows, c, stride, destination);
    }
}
