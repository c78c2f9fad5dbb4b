namespace DecoupleQ.Quantization.Solver;

/// <summary>The solvers of the integer step. Costs are in products of a layer's m x n weights with its n x n H, for each time that the step is taken.</summary>
public enum IntegerSolver
{
    /// <summary>GPTQ's rounding, the paper's second-level approximation. About one half of a product.</summary>
    Gptq,

    /// <summary>
    /// Projected gradient before and between the rounding of columns, the paper's first-level approximation. The most accurate, and by far the slowest: about
    /// <c>GradientSteps + GradientStepsPerColumn n / 3</c> products, 600 for n = 256 and 7000 for n = 4096.
    /// </summary>
    ProjectedGradient,

    /// <summary>Cyclic coordinate descent on the integers, from GPTQ's answer or the one at hand. About two products, and one for each sweep.</summary>
    CoordinateDescent,
}
