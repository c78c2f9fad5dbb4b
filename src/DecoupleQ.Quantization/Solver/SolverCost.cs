namespace DecoupleQ.Quantization.Solver;

/// <summary>The arithmetic of solving a layer, in products of its m x n weights with its n x n H: for progress, which needs no more than the proportions.</summary>
internal static class SolverCost
{
    // Beside the search: GPTQ's roundings, float steps and objectives of the alternation, each about one product.
    private const int AlternationProducts = 16;

    private const double GptqProducts = 0.5;

    // Two objectives to choose what to start from.
    private const double DescentStartProducts = 1;

    /// <summary>Products of a layer with <paramref name="inputs"/> inputs.</summary>
    public static double Products(SolverOptions options, int inputs)
    {
        double step = IntegerStep(options, inputs);
        // The shrink search evaluates each candidate with half a product.
        double search = options.Start == StartSearch.MinMaxShrink ? options.ShrinkSteps / 2.0 : DiagonalSearch.Widths.Length * step;
        return search + AlternationProducts + ((options.Rounds + 1) * (step - GptqProducts));
    }

    private static double IntegerStep(SolverOptions options, int inputs) => options.Rounding switch
    {
        IntegerSolver.ProjectedGradient => options.GradientSteps + (options.GradientStepsPerColumn * inputs / 3.0),
        IntegerSolver.CoordinateDescent => GptqProducts + DescentStartProducts + options.CoordinateSweeps,
        _ => GptqProducts,
    };
}
