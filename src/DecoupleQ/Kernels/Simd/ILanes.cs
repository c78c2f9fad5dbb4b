namespace DecoupleQ.Kernels.Simd;

/// <summary>A vector type as the kernels see it: the same kernel source is compiled for every width.</summary>
/// <typeparam name="TVector">The vector, <see cref="Count"/> elements of <typeparamref name="T"/>.</typeparam>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe interface ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(TVector vector, T* destination);

    static abstract TVector Broadcast(T value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + addend, fused where the machine fuses.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);
}
