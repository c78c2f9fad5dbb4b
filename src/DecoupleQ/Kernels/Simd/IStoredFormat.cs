namespace DecoupleQ.Kernels.Simd;

/// <summary>How stored elements become float32 lanes.</summary>
internal unsafe interface IStoredFormat<TElement>
    where TElement : unmanaged
{
    /// <summary>The next <c>TLanes.Count</c> elements.</summary>
    static abstract TVector Load<TLanes, TVector>(TElement* source)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged;
}
