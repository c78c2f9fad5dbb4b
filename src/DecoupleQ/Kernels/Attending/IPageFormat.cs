using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Attending;

/// <summary>How a page's numbers are read: a type, so that the kernels are compiled for it.</summary>
internal unsafe interface IPageFormat
{
    /// <summary>Whether every position of a head has a scale.</summary>
    static abstract bool Scaled { get; }

    /// <summary>Bytes of a number.</summary>
    static abstract int Bytes { get; }

    /// <summary>A vector of the numbers from number <paramref name="index"/> on, without their scales.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* numbers, nint index)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged;
}

internal readonly unsafe struct SinglePages : IPageFormat
{
    public static bool Scaled => false;

    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* numbers, nint index)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.Load((float*)numbers + index);
}

internal readonly unsafe struct HalfPages : IPageFormat
{
    public static bool Scaled => false;

    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* numbers, nint index)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => Float16Format.Load<TLanes, TVector>((ushort*)numbers + index);
}

internal readonly unsafe struct BytePages : IPageFormat
{
    public static bool Scaled => true;

    public static int Bytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* numbers, nint index)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => TLanes.LoadSignedBytes((sbyte*)numbers + index);
}
