using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Products;

/// <summary>Copies lanes that are contiguous along the depth into a panel, where each depth's lanes are contiguous.</summary>
internal static unsafe class PanelTranspose
{
    private const int DepthAtOnce = 16;

    /// <summary>As <see cref="IOperand{T}.Pack"/>; lanes beyond <paramref name="lanes"/> are left as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<T>(T* source, nint laneStride, int lanes, int depth, int width, T* panel)
        where T : unmanaged
    {
        // In short runs of depth, so that the panel's rows stay in the first-level cache until all of their lanes are written.
        for (int d = 0; d < depth; d += DepthAtOnce)
        {
            Some(source + d, laneStride, lanes, Math.Min(DepthAtOnce, depth - d), width, panel + ((nint)d * width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Some<T>(T* source, nint laneStride, int lanes, int depth, int width, T* panel)
        where T : unmanaged
    {
        int l = 0;
        if (typeof(T) == typeof(float) && (Sse.IsSupported || AdvSimd.Arm64.IsSupported))
        {
            for (; l + 4 <= lanes; l += 4)
            {
                FourLanes((float*)source + (l * laneStride), laneStride, depth, width, (float*)panel + l);
            }
        }
        for (; l < lanes; l++)
        {
            T* from = source + (l * laneStride), to = panel + l;
            for (int d = 0; d < depth; d++)
            {
                *to = from[d];
                to += width;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourLanes(float* source, nint stride, int depth, int width, float* panel)
    {
        float* a = source, b = a + stride, c = b + stride, e = c + stride;
        int d = 0;
        for (; d + 4 <= depth; d += 4)
        {
            Vector128<float> va = Vector128.Load(a + d), vb = Vector128.Load(b + d), vc = Vector128.Load(c + d), ve = Vector128.Load(e + d);
            Vector128<float> acLow = InterleaveLow(va, vc), acHigh = InterleaveHigh(va, vc), beLow = InterleaveLow(vb, ve), beHigh = InterleaveHigh(vb, ve);
            InterleaveLow(acLow, beLow).Store(panel);
            InterleaveHigh(acLow, beLow).Store(panel + width);
            InterleaveLow(acHigh, beHigh).Store(panel + (2 * width));
            InterleaveHigh(acHigh, beHigh).Store(panel + (3 * width));
            panel += 4 * width;
        }
        for (; d < depth; d++)
        {
            panel[0] = a[d];
            panel[1] = b[d];
            panel[2] = c[d];
            panel[3] = e[d];
            panel += width;
        }
    }

    /// <summary>(l0, r0, l1, r1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackLow(left, right) : AdvSimd.Arm64.ZipLow(left, right);

    /// <summary>(l2, r2, l3, r3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackHigh(left, right) : AdvSimd.Arm64.ZipHigh(left, right);
}
