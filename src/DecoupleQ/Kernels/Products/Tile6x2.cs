using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Products;

/// <summary>A tile of 6 rows by two vectors: 12 accumulators of the 16 registers that x64 has without AVX-512.</summary>
/// <remarks>The accumulators are locals, one by one, because only so does the JIT keep them in registers.</remarks>
internal readonly unsafe struct Tile6x2<TLanes, TVector, T> : ITile<T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    public static int Rows => 6;

    public static int Columns => 2 * TLanes.Count;

    public static int ShortRows => Rows;

    public int DepthUnit => Blocking.DepthUnit;

    public void Multiply(nint depth, T* a, T* b, T* c, nint stride, Destination destination) => Multiply(depth, a, Rows, b, c, stride, destination);

    public void MultiplyShort(nint depth, T* a, T* b, T* c, nint stride, Destination destination) => Multiply(depth, a, Rows, b, c, stride, destination);

    /// <summary>The tile over a panel of A that is <paramref name="width"/> lanes wide, of which it uses the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(nint depth, T* a, nint width, T* b, T* c, nint stride, Destination destination)
    {
        TVector c0l = TLanes.Zero, c0r = TLanes.Zero;
        TVector c1l = TLanes.Zero, c1r = TLanes.Zero;
        TVector c2l = TLanes.Zero, c2r = TLanes.Zero;
        TVector c3l = TLanes.Zero, c3r = TLanes.Zero;
        TVector c4l = TLanes.Zero, c4r = TLanes.Zero;
        TVector c5l = TLanes.Zero, c5r = TLanes.Zero;
        for (; depth > 0; depth--)
        {
            TVector left = TLanes.Load(b), right = TLanes.Load(b + TLanes.Count);
            TVector x = TLanes.Broadcast(a[0]);
            c0l = TLanes.MultiplyAdd(x, left, c0l);
            c0r = TLanes.MultiplyAdd(x, right, c0r);
            x = TLanes.Broadcast(a[1]);
            c1l = TLanes.MultiplyAdd(x, left, c1l);
            c1r = TLanes.MultiplyAdd(x, right, c1r);
            x = TLanes.Broadcast(a[2]);
            c2l = TLanes.MultiplyAdd(x, left, c2l);
            c2r = TLanes.MultiplyAdd(x, right, c2r);
            x = TLanes.Broadcast(a[3]);
            c3l = TLanes.MultiplyAdd(x, left, c3l);
            c3r = TLanes.MultiplyAdd(x, right, c3r);
            x = TLanes.Broadcast(a[4]);
            c4l = TLanes.MultiplyAdd(x, left, c4l);
            c4r = TLanes.MultiplyAdd(x, right, c4r);
            x = TLanes.Broadcast(a[5]);
            c5l = TLanes.MultiplyAdd(x, left, c5l);
            c5r = TLanes.MultiplyAdd(x, right, c5r);
            a += width;
            b += 2 * TLanes.Count;
        }
        if (destination == Destination.Overwrite)
        {
            TLanes.Store(c0l, c + (0 * stride));
            TLanes.Store(c0r, c + (0 * stride) + TLanes.Count);
            TLanes.Store(c1l, c + (1 * stride));
            TLanes.Store(c1r, c + (1 * stride) + TLanes.Count);
            TLanes.Store(c2l, c + (2 * stride));
            TLanes.Store(c2r, c + (2 * stride) + TLanes.Count);
            TLanes.Store(c3l, c + (3 * stride));
            TLanes.Store(c3r, c + (3 * stride) + TLanes.Count);
            TLanes.Store(c4l, c + (4 * stride));
            TLanes.Store(c4r, c + (4 * stride) + TLanes.Count);
            TLanes.Store(c5l, c + (5 * stride));
            TLanes.Store(c5r, c + (5 * stride) + TLanes.Count);
        }
        else if (destination == Destination.Add)
        {
            Add(c + (0 * stride), c0l, c0r);
            Add(c + (1 * stride), c1l, c1r);
            Add(c + (2 * stride), c2l, c2r);
            Add(c + (3 * stride), c3l, c3r);
            Add(c + (4 * stride), c4l, c4r);
            Add(c + (5 * stride), c5l, c5r);
        }
        else
        {
            Subtract(c + (0 * stride), c0l, c0r);
            Subtract(c + (1 * stride), c1l, c1r);
            Subtract(c + (2 * stride), c2l, c2r);
            Subtract(c + (3 * stride), c3l, c3r);
            Subtract(c + (4 * stride), c4l, c4r);
            Subtract(c + (5 * stride), c5l, c5r);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(T* c, TVector left, TVector right)
    {
        TLanes.Store(TLanes.Add(TLanes.Load(c), left), c);
        TLanes.Store(TLanes.Add(TLanes.Load(c + TLanes.Count), right), c + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(T* c, TVector left, TVector right)
    {
        TLanes.Store(TLanes.Subtract(TLanes.Load(c), left), c);
        TLanes.Store(TLanes.Subtract(TLanes.Load(c + TLanes.Count), right), c + TLanes.Count);
    }
}
