namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// What solving a layer costs, in products of its m x n weights with its n x n H at full speed. The steps are those of <see cref="LayerSolver"/>; what each
/// takes was measured with the benchmark <c>solver</c> for m = n from 256 to 4096 (2 bits, 2 threads, AVX-512). The part over n is the work that goes over rows
/// and columns, not over products.
/// </summary>
internal static class SolverCost
{
    // GPTQ, the float steps and the roundings that end a layer: an objective follows each, the start and the end have one more, the losses two products.
    private const int FirstAndLastObjectives = 5;

    /// <summary>Products of a layer.</summary>
    /// <param name="options">How it is solved.</param>
    /// <param name="format">Bits and groups.</param>
    /// <param name="inputs">n.</param>
    public static double Products(SolverOptions options, QuantizationFormat format, int inputs)
    {
        double n = inputs, objective = 0.6 + (140 / n), rounding = IntegerStep(options, n) + objective;
        double products = Gptq(n) + (FirstAndLastObjectives * objective) + rounding + Moving(options);
        if (options.Rounds == 0)
        {
            return products;
        }
        double floatStep = FloatStep(format, inputs);
        products += options.Rounds * (rounding + floatStep + objective);
        return products + options.Start switch
        {
            StartSearch.MinMaxShrink => (options.ShrinkSteps * (0.0225 + (25 / n))) + floatStep,
            StartSearch.DiagonalSearch => 0.5 + (700 / n) + ((DiagonalSearch.Widths.Length - 1) * rounding),
            StartSearch.Neuqi => NeuqiSearch(format.Bits, n) + ((DiagonalSearch.Widths.Length - 1) * rounding),
            _ => 0,
        };
    }

    /// <summary>Products of n x n x n that damping and factoring H costs, and making the correction of an asymmetric target.</summary>
    /// <param name="options">How layers are solved.</param>
    /// <param name="inputs">n.</param>
    public static double Preparation(SolverOptions options, int inputs) => 1.3 + (1800.0 / inputs) + Moving(options);

    // Two triangular solves of all columns, for a layer a product, in float64.
    private static double Moving(SolverOptions options) => options.AsymmetricTarget > 0 ? 2.2 : 0;

    private static double Gptq(double n) => 0.9 + (170 / n);

    private static double IntegerStep(SolverOptions options, double n) => options.Rounding switch
    {
        IntegerSolver.ProjectedGradient => (options.GradientSteps + (options.GradientStepsPerColumn * n / 3)) * (1 + (200 / n)),
        IntegerSolver.CoordinateDescent => Gptq(n) + (options.CoordinateSweeps * (1.1 + (300 / n))),
        _ => Gptq(n),
    };

    // Scalar work for every weight, grid point and boundary between levels.
    private static double NeuqiSearch(int bits, double n) => bits switch { 2 => 15000, 3 => 40000, 4 => 110_000, _ => 60_000 } / n;

    // With groups a row's normal equations have 2 n / g unknowns; to solve them takes their cube.
    private static double FloatStep(QuantizationFormat format, int inputs)
    {
        int groupSize = format.ColumnsPerGroup(inputs);
        double products = 1.1 + (300.0 / inputs);
        return groupSize == inputs ? products : products + 0.5 + (inputs / 3600.0 * Math.Pow(64.0 / groupSize, 3));
    }
}
