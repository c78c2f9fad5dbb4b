using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The transpose of a stored row-major matrix as right factor: lanes are its rows, decoded in short runs on the way into a panel.</summary>
internal readonly unsafe struct DenseOperand<TLanes, TVector, TFormat, TElement>(TElement* weights, nint columns) : IOperand<float>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IStoredFormat<TElement>
    where TElement : unmanaged
{
    private const int MostLanes = 32;
    private const int DepthAtOnce = 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        if (lanes < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }
        float* rows = stackalloc float[MostLanes * DepthAtOnce];
        for (int d = 0; d < depth; d += DepthAtOnce)
        {
            int count = Math.Min(DepthAtOnce, depth - d);
            for (int l = 0; l < lanes; l++)
            {
                Decode(weights + ((lane + l) * columns) + start + d, count, rows + (l * DepthAtOnce));
            }
            PanelTranspose.Pack(rows, DepthAtOnce, lanes, count, width, panel + ((nint)d * width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Decode(TElement* source, int count, float* destination)
    {
        int j = 0;
        for (; j <= count - TLanes.Count; j += TLanes.Count)
        {
            TLanes.Store(TFormat.Load<TLanes, TVector>(source + j), destination + j);
        }
        for (; j < count; j++)
        {
            destination[j] = TFormat.Load<SingleLanes1, float>(source + j);
        }
    }
}
