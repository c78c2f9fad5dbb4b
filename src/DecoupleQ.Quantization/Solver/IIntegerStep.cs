namespace DecoupleQ.Quantization.Solver;

/// <summary>A solver of the integer step: box-constrained integer least squares in w for given (s, z), row by row (arXiv 2404.12759, equation 8).</summary>
internal interface IIntegerStep
{
    /// <summary>Finds w for every row.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">H.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="integers">On entry the best w known, which an iterative solver may start from; on return w. rows x n.</param>
    void Solve(LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers);
}
