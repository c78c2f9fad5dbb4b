using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Products;

/// <summary>What a tile of pairs has summed so far, in float32, run after run. In memory, since the registers hold the integer sums.</summary>
internal static unsafe class PairTotals<TLanes, TVector>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
{
    private const int Line = 64;

    private static int Columns => 2 * TLanes.Count;

    /// <summary>Memory for the totals of a tile, wherever it begins.</summary>
    public static int Bytes(int rows) => (rows * Columns * sizeof(float)) + Line;

    /// <summary>The totals in <paramref name="memory"/>, on a cache line and zero.</summary>
    public static float* Clear(byte* memory, int rows)
    {
        float* totals = (float*)(((nint)memory + Line - 1) & -Line);
        new Span<float>(totals, rows * Columns).Clear();
        return totals;
    }

    /// <summary>Adds a row's integer sums n of a run for a vector of outputs: <c>total += scale * (step * n + least * codes) + bias * sum</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(TVector sums, TVector step, TVector least, TVector sum, TVector scale, TVector codes, TVector bias, float* totals)
    {
        TVector inputs = TLanes.MultiplyAdd(TLanes.ConvertToSingle(sums), step, TLanes.Multiply(least, codes));
        TVector total = TLanes.MultiplyAdd(sum, bias, TLanes.Load(totals));
        TLanes.Store(TLanes.MultiplyAdd(inputs, scale, total), totals);
    }

    /// <summary>Brings the totals to C.</summary>
    public static void Store(float* totals, int rows, float* c, nint stride, Destination destination)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < Columns; j += TLanes.Count)
            {
                float* to = c + (i * stride) + j;
                TVector total = TLanes.Load(totals + (i * Columns) + j);
                total = destination switch
                {
                    Destination.Overwrite => total,
                    Destination.Add => TLanes.Add(TLanes.Load(to), total),
                    _ => TLanes.Subtract(TLanes.Load(to), total),
                };
                TLanes.Store(total, to);
            }
        }
    }
}
