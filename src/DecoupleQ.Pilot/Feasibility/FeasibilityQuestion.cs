using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>A pilot that may be done.</summary>
public sealed record FeasibilityQuestion
{
    /// <summary>
    /// How settings would be quantized: the model, calibration, threads, memory. Its output is the folder that their models would be written into,
    /// each in one of its own; it need not exist.
    /// </summary>
    public required QuantizationOptions Quantization { get; init; }

    /// <summary>The settings that would be tried, at least one.</summary>
    public required IReadOnlyList<LadderSetting> Settings { get; init; }

    /// <summary>How many requests together the model is to answer. The largest counts.</summary>
    public required IReadOnlyList<int> Concurrency { get; init; }

    /// <summary>Tokens of the calibration texts, or of the table of windows; those that the model writes itself do not count.</summary>
    public required long CalibrationTokens { get; init; }

    /// <summary>Windows of test text in the half that judges.</summary>
    public required int TestWindows { get; init; }

    /// <summary>Items of the task in the half that judges.</summary>
    public int TestItems { get; init; }

    /// <summary>
    /// By how much the difference of the two models' losses varies from window to window: its standard deviation, in nats a token; null where no pilot has
    /// measured it.
    /// </summary>
    public double? WindowDeviation { get; init; }

    /// <summary>What a model would have to keep to.</summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];
}
