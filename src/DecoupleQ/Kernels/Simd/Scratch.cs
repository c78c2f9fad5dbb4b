namespace DecoupleQ.Kernels.Simd;

/// <summary>Pinned working memory of a thread, aligned to a cache line; returned by <see cref="Dispose"/> and used again by the same thread.</summary>
/// <remarks>
/// For kernels, which want pointers, and steps that allocate nothing; each thread keeps a few buffers for good. The quantizer's <c>Scratch</c> is another
/// thing: arrays of a whole layer's size, which go back to a pool that all threads share and that gives memory back.
/// </remarks>
internal readonly unsafe ref struct Scratch
{
    private const int Alignment = 64;
    private const int KeptBuffers = 6;

    [ThreadStatic]
    private static List<byte[]>? _free;

    private readonly byte[] _buffer;

    private Scratch(byte[] buffer)
    {
        _buffer = buffer;
        nint address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(buffer));
        Pointer = (void*)((address + Alignment - 1) & -Alignment);
    }

    /// <summary>The memory, not cleared.</summary>
    public void* Pointer { get; }

    /// <summary>Borrows <paramref name="elements"/> elements.</summary>
    public static Scratch Rent<T>(long elements)
        where T : unmanaged
    {
        long bytes = checked((elements * sizeof(T)) + Alignment);
        List<byte[]> buffers = _free ??= [];
        int best = -1;
        for (int i = 0; i < buffers.Count; i++)
        {
            if (buffers[i].Length >= bytes && (best < 0 || buffers[i].Length < buffers[best].Length))
            {
                best = i;
            }
        }
        if (best >= 0)
        {
            byte[] found = buffers[best];
            buffers.RemoveAt(best);
            return new Scratch(found);
        }
        long rounded = Math.Min((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes), Math.Max(bytes, Array.MaxLength));
        return new Scratch(GC.AllocateUninitializedArray<byte>(checked((int)rounded), pinned: true));
    }

    /// <summary>Gives the memory back; of too many free buffers the smallest is dropped.</summary>
    public void Dispose()
    {
        List<byte[]> buffers = _free ??= [];
        buffers.Add(_buffer);
        if (buffers.Count > KeptBuffers)
        {
            int smallest = 0;
            for (int i = 1; i < buffers.Count; i++)
            {
                smallest = buffers[i].Length < buffers[smallest].Length ? i : smallest;
            }
            buffers.RemoveAt(smallest);
        }
    }
}
