using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The scales and biases of an <see cref="AffineLayout"/> as vectors of rows.</summary>
internal readonly unsafe struct GroupScales<TLanes, TVector>(AffineLayout layout)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
{
    private readonly uint* _scales = layout.Scales;
    private readonly nint _groups = layout.Groups;
    private readonly nint _groupScales = layout.GroupScales;
    private readonly ElementType _type = layout.ScaleType;
    private readonly bool _halved = layout.Halved;
    private readonly WordOrder _order = layout.Order;

    /// <summary>Where the scales of a group begin, for the rows from <paramref name="row"/> of <paramref name="slab"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* At(nint slab, nint group, int row) =>
        _scales + ((_halved ? _order.GroupIndex(slab, group, _groups) : (slab * _groups) + group) * _groupScales) + row;

    /// <summary>Scale and bias of a vector of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(uint* at, out TVector scale, out TVector bias)
    {
        TVector words = TLanes.LoadBits(at);
        if (_type == ElementType.F16)
        {
            scale = Float16Format.FromUpperHalf<TLanes, TVector>(words);
            bias = Float16Format.FromUpperHalf<TLanes, TVector>(TLanes.ShiftLeft(words, 16));
        }
        else if (_type == ElementType.BF16)
        {
            scale = TLanes.And(words, TLanes.BroadcastBits(0xFFFF0000));
            bias = TLanes.ShiftLeft(words, 16);
        }
        else
        {
            scale = words;
            bias = TLanes.LoadBits(at + AffineLayout.SlabRows);
        }
    }
}
