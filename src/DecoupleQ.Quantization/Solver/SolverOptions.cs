using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>How a layer is solved. The defaults are the <c>paper</c> preset: what the code published with arXiv 2404.12759 does.</summary>
public sealed record SolverOptions
{
    /// <summary>lambda: <c>lambda * mean(diag(H))</c> is added to the diagonal of H, in the objective and everywhere else. At least 0; default 0.01.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>
    /// A second damping, relative to the mean diagonal of the damped H, that only the factor behind GPTQ's rounding gets. Raised tenfold, up to 100, where the
    /// factorisation fails. At least 0; default 0.01.
    /// </summary>
    public double GptqDamping { get; init; } = 0.01;

    /// <summary>
    /// a: the share of what parts the layer's inputs from the full-precision model's that the layer is to make good.
    /// Where it is not 0 the full-precision model runs beside the quantized one. 0 to 1; default 0: the layer aims at its own weights.
    /// </summary>
    public double AsymmetricTarget { get; init; }

    /// <summary>Where the alternation starts. Default: the paper's search.</summary>
    public StartSearch Start { get; init; } = StartSearch.MinMaxShrink;

    /// <summary>
    /// For <see cref="StartSearch.MinMaxShrink"/>: shrink factors <c>p = 1 - i/200</c>, <c>i = 0 .. ShrinkSteps - 1</c>, of the range that
    /// are tried. 1 to 199; default 160.
    /// </summary>
    public int ShrinkSteps { get; init; } = 160;

    /// <summary>Rounds of the alternation (integer step, then float step). At least 0; default 3. With 0 the result is GPTQ on the min-max scales.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>
    /// The integer step of the alternation and of the last rounding. Default: GPTQ. (The pass on the min-max scales, before the alternation, is always GPTQ.)
    /// </summary>
    public IntegerSolver Rounding { get; init; } = IntegerSolver.Gptq;

    /// <summary>
    /// Passes of <see cref="IntegerSolver.CoordinateDescent"/> over the columns in each integer step, at most; it ends where nothing moves.
    /// 1 to 1000; default 4.
    /// </summary>
    public int CoordinateSweeps { get; init; } = 4;

    /// <summary>The order in which <see cref="IntegerSolver.CoordinateDescent"/> takes the columns. Default: as they stand.</summary>
    public CoordinateOrder CoordinateOrder { get; init; }

    /// <summary>Steps of <see cref="IntegerSolver.ProjectedGradient"/> before a column is rounded. 0 to 100000; default 200.</summary>
    public int GradientSteps { get; init; } = 200;

    /// <summary>Steps of <see cref="IntegerSolver.ProjectedGradient"/> on all later columns after each rounded column. 0 to 1000; default 5.</summary>
    public int GradientStepsPerColumn { get; init; } = 5;

    /// <summary>Length of a step of <see cref="IntegerSolver.ProjectedGradient"/>, in levels. Over 0, at most 1; default 0.05.</summary>
    public double GradientStepLength { get; init; } = 0.05;

    /// <summary>The alternation ends when a step improves a smaller share of the rows than this. 0 to 1; default 1e-4.</summary>
    public double MinimumImprovedShare { get; init; } = 1e-4;

    /// <summary>
    /// How scales and biases will be stored: F16 (the default) or F32. A layer whose values do not fit F16 (beyond 65504, or a scale under 2^-14) gets F32.
    /// </summary>
    public ElementType ScaleType { get; init; } = ElementType.F16;

    /// <summary>
    /// Bytes, over all threads, for the normal equations of the float step. At least 1 MiB; default 64 MiB. The result does not depend on it.
    /// </summary>
    public long FloatStepMemory { get; init; } = 64L << 20;

    /// <summary>Throws where a value is outside its range.</summary>
    /// <exception cref="DecoupleQException">Names the option and the range.</exception>
    public void Validate()
    {
        SolverRanges.Damping.Require(Damping, nameof(Damping));
        SolverRanges.GptqDamping.Require(GptqDamping, nameof(GptqDamping));
        SolverRanges.AsymmetricTarget.Require(AsymmetricTarget, nameof(AsymmetricTarget));
        SolverRanges.Start.Require(Start, nameof(Start));
        SolverRanges.ShrinkSteps.Require(ShrinkSteps, nameof(ShrinkSteps));
        SolverRanges.Rounds.Require(Rounds, nameof(Rounds));
        SolverRanges.Rounding.Require(Rounding, nameof(Rounding));
        SolverRanges.CoordinateSweeps.Require(CoordinateSweeps, nameof(CoordinateSweeps));
        SolverRanges.CoordinateOrder.Require(CoordinateOrder, nameof(CoordinateOrder));
        SolverRanges.GradientSteps.Require(GradientSteps, nameof(GradientSteps));
        SolverRanges.GradientStepsPerColumn.Require(GradientStepsPerColumn, nameof(GradientStepsPerColumn));
        SolverRanges.GradientStepLength.Require(GradientStepLength, nameof(GradientStepLength));
        SolverRanges.MinimumImprovedShare.Require(MinimumImprovedShare, nameof(MinimumImprovedShare));
        SolverRanges.ScaleType.Require(ScaleType, nameof(ScaleType));
        SolverRanges.FloatStepMemory.Require(FloatStepMemory, nameof(FloatStepMemory));
    }
}
