using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The values that <see cref="SolverOptions"/> may have, each by its property's name.</summary>
internal static class SolverRanges
{
    public static OptionRange<double> Damping => OptionRange.NotNegative;

    public static OptionRange<double> GptqDamping => OptionRange.NotNegative;

    public static OptionRange<double> AsymmetricTarget => OptionRange.Share;

    public static OptionRange<StartSearch> Start { get; } = OptionRange.Named<StartSearch>();

    public static OptionRange<int> ShrinkSteps { get; } = OptionRange.Whole(1, ShrinkSearch.Grid - 1);

    public static OptionRange<int> Rounds { get; } = OptionRange.Whole(0);

    public static OptionRange<IntegerSolver> Rounding { get; } = OptionRange.Named<IntegerSolver>();

    public static OptionRange<int> CoordinateSweeps { get; } = OptionRange.Whole(1, 1000);

    public static OptionRange<CoordinateOrder> CoordinateOrder { get; } = OptionRange.Named<CoordinateOrder>();

    public static OptionRange<int> GradientSteps { get; } = OptionRange.Whole(0, 100_000);

    public static OptionRange<int> GradientStepsPerColumn { get; } = OptionRange.Whole(0, 1000);

    public static OptionRange<double> GradientStepLength { get; } = OptionRange.Real("a number above 0, at most 1", value => value is > 0 and <= 1);

    public static OptionRange<double> MinimumImprovedShare => OptionRange.Share;

    public static OptionRange<ElementType> ScaleType { get; } = new("F16 or F32", type => type is ElementType.F16 or ElementType.F32);

    public static OptionRange<long> FloatStepMemory { get; } = new("at least 1048576 bytes", bytes => bytes >= 1 << 20);
}
