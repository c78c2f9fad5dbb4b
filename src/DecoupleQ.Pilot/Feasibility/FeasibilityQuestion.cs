using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
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

    /// <summary>The settings that would be tried; none where a packed model is judged.</summary>
    public required IReadOnlyList<LadderSetting> Settings { get; init; }

    /// <summary>How many requests together the model is to answer. The largest counts.</summary>
    public required IReadOnlyList<int> Concurrency { get; init; }

    /// <summary>Settings that were asked for and that the model cannot have, and why.</summary>
    public IReadOnlyList<(LadderSetting Setting, string Reason)> LeftOut { get; init; } = [];

    /// <summary>Tokens of all windows of the test.</summary>
    public long TestTokens { get; init; }

    /// <summary>What of the test is in the calibration; null where nobody has looked.</summary>
    public OverlapResult? Overlap { get; init; }

    /// <summary>Bytes of the tensors of a packed model that is judged in place of settings; 0 without one.</summary>
    public long PackedBytes { get; init; }

    /// <summary>Tokens of the calibration texts, or of the table of windows; those that the model writes itself do not count.</summary>
    public required long CalibrationTokens { get; init; }

    /// <summary>Windows of test text in the half that judges.</summary>
    public required int TestWindows { get; init; }

    /// <summary>Items of the task in the half that judges.</summary>
    public int TestItems { get; init; }

    /// <summary>What a model would have to keep to.</summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];
}
