namespace DecoupleQ.Kernels.Products;

/// <summary>A factor of a matrix product that can be copied, panel by panel, into the order in which a tile reads it.</summary>
/// <remarks>Lanes are the rows of A or the columns of B; depth is the dimension that is summed over.</remarks>
internal unsafe interface IOperand<T>
    where T : unmanaged
{
    /// <summary>
    /// Writes a panel: element (d, l) of the lanes <c>lane .. lane + lanes - 1</c> and depths <c>start .. start + depth - 1</c> goes to
    /// <c>panel[d * width + l]</c>; lanes from <paramref name="lanes"/> to <paramref name="width"/> are zero.
    /// </summary>
    /// <param name="lane">First lane, a multiple of <paramref name="width"/>.</param>
    /// <param name="lanes">Lanes to copy, at most <paramref name="width"/>.</param>
    /// <param name="start">First depth, a multiple of <see cref="ITile{T}.DepthUnit"/>.</param>
    /// <param name="depth">Number of depths.</param>
    /// <param name="width">Width of the panel.</param>
    /// <param name="panel">depth x width elements.</param>
    void Pack(nint lane, int lanes, nint start, int depth, int width, T* panel);
}
