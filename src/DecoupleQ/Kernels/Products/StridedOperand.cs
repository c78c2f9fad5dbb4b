using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.Products;

/// <summary>A dense factor in memory, contiguous along its lanes or along its depth.</summary>
internal readonly unsafe struct StridedOperand<T>(T* data, nint laneStride, nint depthStride) : IOperand<T>
    where T : unmanaged
{
    public void Pack(nint lane, int lanes, nint start, int depth, int width, T* panel)
    {
        T* source = data + (lane * laneStride) + (start * depthStride);
        if (lanes < width)
        {
            new Span<T>(panel, depth * width).Clear();
        }
        if (laneStride == 1)
        {
            PackRows(source, lanes, depth, width, panel);
        }
        else if (depthStride == 1)
        {
            PanelTranspose.Pack(source, laneStride, lanes, depth, width, panel);
        }
        else
        {
            for (int d = 0; d < depth; d++)
            {
                for (int l = 0; l < lanes; l++)
                {
                    panel[((nint)d * width) + l] = source[(l * laneStride) + (d * depthStride)];
                }
            }
        }
    }

    /// <summary>Each depth is a contiguous run of lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackRows(T* source, int lanes, int depth, int width, T* panel)
    {
        uint bytes = (uint)(lanes * sizeof(T));
        uint whole = bytes & ~7u;
        for (int d = 0; d < depth; d++)
        {
            byte* from = (byte*)source, to = (byte*)panel;
            uint i = 0;
            for (; i + 32 <= whole; i += 32)
            {
                Vector256.Load(from + i).Store(to + i);
            }
            for (; i < whole; i += 8)
            {
                Unsafe.WriteUnaligned(to + i, Unsafe.ReadUnaligned<ulong>(from + i));
            }
            if (i < bytes)
            {
                Unsafe.WriteUnaligned(to + i, Unsafe.ReadUnaligned<uint>(from + i));
            }
            source += depthStride;
            panel += width;
        }
    }
}
