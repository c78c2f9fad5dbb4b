using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>Rows of a row-major matrix times a few tokens, four rows at a time: each is a stream of its own, decoded in registers.</summary>
internal static unsafe class DenseRows<TLanes, TVector, TFormat, TElement>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IStoredFormat<TElement>
    where TElement : unmanaged
{
    public const int RowsAtOnce = 4;

    /// <summary>Outputs <paramref name="row"/> .. <paramref name="end"/> - 1 of every row of inputs.</summary>
    public static void Multiply(TElement* weights, int row, int end, in PreparedRows x, int inputs, float* y, int stride)
    {
        for (; row < end; row += RowsAtOnce, y += RowsAtOnce)
        {
            // Fewer than four rows are left at the end only; a row that is not there is read as the last one again.
            int last = Math.Min(RowsAtOnce, end - row) - 1;
            TElement* first = weights + ((nint)row * inputs);
            for (int r = 0; r < x.Count; r++)
            {
                Multiply(
                    first, (nint)Math.Min(1, last) * inputs, (nint)Math.Min(2, last) * inputs, (nint)last * inputs,
                    x.Row(r), inputs, y + (r * stride), last);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(TElement* w0, nint row1, nint row2, nint row3, float* x, int inputs, float* y, int last)
    {
        TElement* w1 = w0 + row1, w2 = w0 + row2, w3 = w0 + row3;
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        nint j = 0, ahead = (nint)RowsAtOnce * inputs;
        for (; j <= inputs - TLanes.Count; j += TLanes.Count)
        {
            // The same columns of the next four rows: into the second-level cache, where they wait for a whole pass.
            Prefetch.Read(w0 + ahead + j);
            Prefetch.Read(w1 + ahead + j);
            Prefetch.Read(w2 + ahead + j);
            Prefetch.Read(w3 + ahead + j);
            TVector input = TLanes.Load(x + j);
            a0 = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(w0 + j), input, a0);
            a1 = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(w1 + j), input, a1);
            a2 = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(w2 + j), input, a2);
            a3 = TLanes.MultiplyAdd(TFormat.Load<TLanes, TVector>(w3 + j), input, a3);
        }
        float s0 = TLanes.Sum(a0), s1 = TLanes.Sum(a1), s2 = TLanes.Sum(a2), s3 = TLanes.Sum(a3);
        for (; j < inputs; j++)
        {
            s0 += TFormat.Load<SingleLanes1, float>(w0 + j) * x[j];
            s1 += TFormat.Load<SingleLanes1, float>(w1 + j) * x[j];
            s2 += TFormat.Load<SingleLanes1, float>(w2 + j) * x[j];
            s3 += TFormat.Load<SingleLanes1, float>(w3 + j) * x[j];
        }
        // Rows that are not there have the last one's sum, so the order of these stores does not matter.
        y[0] = s0;
        y[Math.Min(1, last)] = last >= 1 ? s1 : s0;
        y[Math.Min(2, last)] = last >= 2 ? s2 : last == 1 ? s1 : s0;
        y[last] = s3;
    }
}
