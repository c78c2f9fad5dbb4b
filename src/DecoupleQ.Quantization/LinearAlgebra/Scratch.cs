using System.Buffers;

namespace DecoupleQ.Quantization.LinearAlgebra;

/// <summary>A pooled array of exactly the length asked for, with whatever was in it; goes back to the pool when disposed.</summary>
/// <remarks>
/// Not the kernels' pinned and aligned memory of the same name: what the solver borrows can be as large as a layer, and a thread that kept that for good would
/// break the memory budget.
/// </remarks>
internal readonly ref struct Scratch<T>
    where T : unmanaged
{
    private readonly T[] _array;

    private Scratch(T[] array, int length)
    {
        _array = array;
        Span = array.AsSpan(0, length);
    }

    public Span<T> Span { get; }

    public static Scratch<T> Rent(int length) => new(ArrayPool<T>.Shared.Rent(length), length);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
