using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Bench.Accuracy;

/// <summary>A row of the table: how a model is quantized, and whether it is tuned afterwards.</summary>
/// <param name="Name">As the table has it.</param>
/// <param name="Options">Changes the options of a job.</param>
/// <param name="Tuning">Changes the options of a tuning after it; null for none.</param>
internal sealed record Technique(
    string Name, Func<QuantizationOptions, QuantizationOptions> Options, Func<TuningOptions, TuningOptions>? Tuning = null)
{
    /// <summary>
    /// What is screened: from the published algorithm each technique alone, then all of <c>best</c>, then <c>best</c> without each one and with each that it
    /// does not have.
    /// </summary>
    public static IReadOnlyList<Technique> Screened { get; } =
    [
        Of("paper", Preset.Paper),
        Of("paper, lr 1e-4", Preset.Paper, QuantizationSettings.BlockLearningRate.Of(1e-4)),
        Of("+ diagonal search", Preset.Paper, QuantizationSettings.Start.Of(StartSearch.DiagonalSearch)),
        Of("+ NeUQI", Preset.Paper, QuantizationSettings.Start.Of(StartSearch.Neuqi)),
        Of("+ coordinate descent", Preset.Paper, QuantizationSettings.Rounding.Of(IntegerSolver.CoordinateDescent)),
        Of("+ asymmetric target 0.5", Preset.Paper, QuantizationSettings.AsymmetricTarget.Of(0.5)),
        Of("+ asymmetric target 1", Preset.Paper, QuantizationSettings.AsymmetricTarget.Of(1)),
        Of("+ dense stream", Preset.Paper, QuantizationSettings.BlockTarget.Of(TrainingTarget.DenseStream)),
        Of(
            "+ cosine from 3e-4", Preset.Paper, QuantizationSettings.BlockLearningRate.Of(3e-4),
            QuantizationSettings.BlockSchedule.Of(LearningRateSchedule.Cosine)),
        Of("fast", Preset.Fast),
        Of("best", Preset.Best),
        Of("best without training", Preset.Best, QuantizationSettings.BlockEpochs.Of(0)),
        Of("best, target of its own stream", Preset.Best, QuantizationSettings.BlockTarget.Of(TrainingTarget.QuantizedStream)),
        Of("best, asymmetric target 0", Preset.Best, QuantizationSettings.AsymmetricTarget.Of(0)),
        Of("best, asymmetric target 0.25", Preset.Best, QuantizationSettings.AsymmetricTarget.Of(0.25)),
        Of("best, asymmetric target 0.75", Preset.Best, QuantizationSettings.AsymmetricTarget.Of(0.75)),
        Of("best, asymmetric target 1", Preset.Best, QuantizationSettings.AsymmetricTarget.Of(1)),
        Of("best, NeUQI", Preset.Best, QuantizationSettings.Start.Of(StartSearch.Neuqi)),
        Of("best, given order of columns", Preset.Best, QuantizationSettings.CoordinateOrder.Of(CoordinateOrder.Given)),
        Of("best, relative loss", Preset.Best, QuantizationSettings.BlockLoss.Of(TrainingLoss.Relative)),
        Of("best, relative loss, 1e-3", Preset.Best, QuantizationSettings.BlockLoss.Of(TrainingLoss.Relative), QuantizationSettings.BlockLearningRate.Of(1e-3)),
        Of("best, 1e-3", Preset.Best, QuantizationSettings.BlockLearningRate.Of(1e-3)),
        Of("best, 1e-4", Preset.Best, QuantizationSettings.BlockLearningRate.Of(1e-4)),
        Of("best, integers straight through", Preset.Best, QuantizationSettings.BlockIntegers.Of(IntegerTraining.StraightThrough)),
        Of(
            "best, integers straight through, 1e-3", Preset.Best, QuantizationSettings.BlockIntegers.Of(IntegerTraining.StraightThrough),
            QuantizationSettings.BlockIntegerRate.Of(1e-3)),
        Of("best, integers by signs", Preset.Best, QuantizationSettings.BlockIntegers.Of(IntegerTraining.SignedGradient)),
        Of("best, tuned", Preset.Best) with { Tuning = Same },
        Of("best, tuned with integers", Preset.Best) with { Tuning = tuning => tuning with { Integers = true } },
    ];

    /// <summary>What is measured on the test text.</summary>
    public static IReadOnlyList<Technique> Final { get; } =
    [
        Of("paper", Preset.Paper),
        Of("fast", Preset.Fast),
        Of("best", Preset.Best),
        Of("best, tuned", Preset.Best) with { Tuning = Same },
        Of("best, tuned with integers", Preset.Best) with { Tuning = tuning => tuning with { Integers = true } },
    ];

    private static Technique Of(string name, Preset preset, params SettingValue[] changes) =>
        new(name, options => changes.Aggregate(preset.ApplyTo(options), (current, change) => change.Set(current)));

    private static TuningOptions Same(TuningOptions options) => options;
}
