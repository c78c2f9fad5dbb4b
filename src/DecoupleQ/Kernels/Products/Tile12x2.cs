using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Products;

/// <summary>A tile of 12 rows by two vectors: 24 accumulators of the 32 registers that AVX-512 and Arm have.</summary>
/// <remarks>The accumulators are locals, one by one, because only so does the JIT keep them in registers.</remarks>
internal readonly unsafe struct Tile12x2<TLanes, TVector, T> : ITile<T>
    where TLanes : ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    public static int Rows => 12;

    public static int Columns => 2 * TLanes.Count;

    public static int ShortRows => Tile6x2<TLanes, TVector, T>.Rows;

    public int DepthUnit => Blocking.DepthUnit;

    public void MultiplyShort(nint depth, T* a, T* b, T* c, nint stride, Destination destination) =>
        Tile6x2<TLanes, TVector, T>.Multiply(depth, a, Rows, b, c, stride, destination);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(nint depth, T* a, T* b, T* c, nint stride, Destination destination)
    {
        TVector c0l = TLanes.Zero, c0r = TLanes.Zero;
        TVector c1l = TLanes.Zero, c1r = TLanes.Zero;
        TVector c2l = TLanes.Zero, c2r = TLanes.Zero;
        TVector c3l = TLanes.Zero, c3r = TLanes.Zero;
        TVector c4l = TLanes.Zero, c4r = TLanes.Zero;
        TVector c5l = TLanes.Zero, c5r = TLanes.Zero;
        TVector c6l = TLanes.Zero, c6r = TLanes.Zero;
        TVector c7l = TLanes.Zero, c7r = TLanes.Zero;
        TVector c8l = TLanes.Zero, c8r = TLanes.Zero;
        TVector c9l = TLanes.Zero, c9r = TLanes.Zero;
        TVector c10l = TLanes.Zero, c10r = TLanes.Zero;
        TVector c11l = TLanes.Zero, c11r = TLanes.Zero;
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
            x = TLanes.Broadcast(a[6]);
            c6l = TLanes.MultiplyAdd(x, left, c6l);
            c6r = TLanes.MultiplyAdd(x, right, c6r);
            x = TLanes.Broadcast(a[7]);
            c7l = TLanes.MultiplyAdd(x, left, c7l);
            c7r = TLanes.MultiplyAdd(x, right, c7r);
            x = TLanes.Broadcast(a[8]);
            c8l = TLanes.MultiplyAdd(x, left, c8l);
            c8r = TLanes.MultiplyAdd(x, right, c8r);
            x = TLanes.Broadcast(a[9]);
            c9l = TLanes.MultiplyAdd(x, left, c9l);
            c9r = TLanes.MultiplyAdd(x, right, c9r);
            x = TLanes.Broadcast(a[10]);
            c10l = TLanes.MultiplyAdd(x, left, c10l);
            c10r = TLanes.MultiplyAdd(x, right, c10r);
            x = TLanes.Broadcast(a[11]);
            c11l = TLanes.MultiplyAdd(x, left, c11l);
            c11r = TLanes.MultiplyAdd(x, right, c11r);
            a += 12;
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
            TLanes.Store(c6l, c + (6 * stride));
            TLanes.Store(c6r, c + (6 * stride) + TLanes.Count);
            TLanes.Store(c7l, c + (7 * stride));
            TLanes.Store(c7r, c + (7 * stride) + TLanes.Count);
            TLanes.Store(c8l, c + (8 * stride));
            TLanes.Store(c8r, c + (8 * stride) + TLanes.Count);
            TLanes.Store(c9l, c + (9 * stride));
            TLanes.Store(c9r, c + (9 * stride) + TLanes.Count);
            TLanes.Store(c10l, c + (10 * stride));
            TLanes.Store(c10r, c + (10 * stride) + TLanes.Count);
            TLanes.Store(c11l, c + (11 * stride));
            TLanes.Store(c11r, c + (11 * stride) + TLanes.Count);
        }
        else if (destination == Destination.Add)
        {
            Add(c + (0 * stride), c0l, c0r);
            Add(c + (1 * stride), c1l, c1r);
            Add(c + (2 * stride), c2l, c2r);
            Add(c + (3 * stride), c3l, c3r);
            Add(c + (4 * stride), c4l, c4r);
            Add(c + (5 * stride), c5l, c5r);
            Add(c + (6 * stride), c6l, c6r);
            Add(c + (7 * stride), c7l, c7r);
            Add(c + (8 * stride), c8l, c8r);
            Add(c + (9 * stride), c9l, c9r);
            Add(c + (10 * stride), c10l, c10r);
            Add(c + (11 * stride), c11l, c11r);
        }
        else
        {
            Subtract(c + (0 * stride), c0l, c0r);
            Subtract(c + (1 * stride), c1l, c1r);
            Subtract(c + (2 * stride), c2l, c2r);
            Subtract(c + (3 * stride), c3l, c3r);
            Subtract(c + (4 * stride), c4l, c4r);
            Subtract(c + (5 * stride), c5l, c5r);
            Subtract(c + (6 * stride), c6l, c6r);
            Subtract(c + (7 * stride), c7l, c7r);
            Subtract(c + (8 * stride), c8l, c8r);
            Subtract(c + (9 * stride), c9l, c9r);
            Subtract(c + (10 * stride), c10l, c10r);
            Subtract(c + (11 * stride), c11l, c11r);
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
