namespace DecoupleQ.Kernels.Products;

/// <summary>The innermost loop of a matrix product: a small tile of C held in registers.</summary>
internal unsafe interface ITile<T>
    where T : unmanaged
{
    /// <summary>Rows of the tile: the width of a packed panel of A.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile: the width of a packed panel of B.</summary>
    static abstract int Columns { get; }

    /// <summary>A depth block starts at a multiple of this.</summary>
    int DepthUnit { get; }

    /// <summary>C (op)= A B for packed panels A (depth x Rows) and B (depth x Columns).</summary>
    void Multiply(nint depth, T* a, T* b, T* c, nint stride, Destination destination);

    /// <summary>Rows of a shorter tile for what is left at the end of A; at most <see cref="Rows"/>.</summary>
    static abstract int ShortRows { get; }

    /// <summary>As <see cref="Multiply"/> for the first <see cref="ShortRows"/> lanes of A's panel, which is as wide as always.</summary>
    void MultiplyShort(nint depth, T* a, T* b, T* c, nint stride, Destination destination);
}
