using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DecoupleQ.Kernels.Simd;

/// <summary>
/// An array that the garbage collector does not move and whose elements begin on a cache line; all zero at first. A vector may be read that begins with any
/// element.
/// </summary>
internal sealed unsafe class AlignedArray<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly T[] _array;

    public AlignedArray(long length)
    {
        Length = length;
        _array = GC.AllocateArray<T>(checked((int)(length + (2 * Alignment / sizeof(T)))), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_array));
        Pointer = (T*)((address + Alignment - 1) & -Alignment);
    }

    public long Length { get; }

    /// <summary>The first element; valid while this object is alive.</summary>
    public T* Pointer { get; }
}
