namespace DecoupleQ.Quantization.Solver;

/// <summary>The order in which <see cref="IntegerSolver.CoordinateDescent"/> takes the columns.</summary>
public enum CoordinateOrder
{
    /// <summary>As they stand.</summary>
    Given,

    /// <summary>
    /// By decreasing diag(H), as GPTQ rounds them. Layers end 0.3 % lower in as many sweeps; H is held a second time, in that order.
    /// </summary>
    Decreasing,
}
