using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a pilot tries, on what, and where it says what it found.</summary>
public sealed record PilotOptions
{
    /// <summary>The default of <see cref="Windows"/>.</summary>
    public const int DefaultWindows = 100;

    /// <summary>The default of <see cref="SpeedSeconds"/>.</summary>
    public const double DefaultSpeedSeconds = 60;

    /// <summary>The default of <see cref="Ladder"/>: 2, 3 and 4 bits, per channel and in groups of 64, embedding and head in 8 bits, the best preset.</summary>
    public static LadderOptions DefaultLadder { get; } = new() { GroupSizes = [-1, 64], Tables = [(8, 8)] };

    /// <summary>The default of <see cref="Concurrency"/>.</summary>
    public static IReadOnlyList<int> DefaultConcurrency { get; } = [1, 4, 16];

    /// <summary>What is judged by where no threshold is given: a perplexity of at most a tenth more.</summary>
    public static IReadOnlyList<Threshold> DefaultThresholds { get; } = [ThresholdKind.MaxPerplexityIncrease.Parse("10%")];

    /// <summary>What <see cref="Windows"/> may be.</summary>
    public static OptionRange<int> WindowsRange { get; } = OptionRange.Whole(1);

    /// <summary>What <see cref="SpeedSeconds"/> may be.</summary>
    public static OptionRange<double> SpeedSecondsRange { get; } =
        OptionRange.Real("a number of seconds from 1 to 86400", value => value is >= 1 and <= 86_400);

    /// <summary>The dense model: a folder or a GGUF file.</summary>
    public required string Model { get; init; }

    /// <summary>The folder to write: the page, its JSON, the chosen model.</summary>
    public required string Output { get; init; }

    /// <summary>Test texts, at least one file.</summary>
    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>
    /// How a setting is quantized: calibration, seed, threads, memory. Model, output, bits, groups and preset are the pilot's own. With <see cref="Packed"/>
    /// the calibration is what that model was calibrated on, to be looked for in the test; empty for what its folder says of it.
    /// </summary>
    public required QuantizationOptions Quantization { get; init; }

    /// <summary>A packed model to judge in place of trying settings; null for none.</summary>
    public string? Packed { get; init; }

    /// <summary>The settings to try.</summary>
    public LadderOptions Ladder { get; init; } = DefaultLadder;

    /// <summary>
    /// What a model must keep to. Default: <see cref="DefaultThresholds"/>. Without any, the first setting of the ladder is measured, and nothing is judged.
    /// </summary>
    public IReadOnlyList<Threshold> Thresholds { get; init; } = DefaultThresholds;

    /// <summary>The user's own task; null for none.</summary>
    public EvaluationTask? Task { get; init; }

    /// <summary>How its questions are put to a model.</summary>
    public Func<LanguageModel, TaskOptions> Asking { get; init; } = _ => new TaskOptions();

    /// <summary>The options of the task that were given, but for its file and metric, as words of a command line: another pilot has others.</summary>
    public IReadOnlyList<string> AskingWords { get; init; } = [];

    /// <summary>
    /// What else of <see cref="Asking"/> changes answers, such as what is in the chat template: a pilot is not gone on with where it is another.
    /// </summary>
    public string AskingDigest { get; init; } = "";

    /// <summary>The language of the page, remembered in the result: <c>en</c> or <c>ja</c>.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Ids of a window of the test; null for min(512, the model's context).</summary>
    public int? Context { get; init; }

    /// <summary>The most windows of each half of the test; with <see cref="Packed"/>, of all of it. Default 100.</summary>
    public int Windows { get; init; } = DefaultWindows;

    /// <summary>How many requests together speed is measured at; ascending. Default 1, 4, 16.</summary>
    public IReadOnlyList<int> Concurrency { get; init; } = DefaultConcurrency;

    /// <summary>Seconds that measuring speed may take, about. Default 60.</summary>
    public double SpeedSeconds { get; init; } = DefaultSpeedSeconds;

    /// <summary>The currency of prices; null where there are none.</summary>
    public string? Currency { get; init; }

    /// <summary>What was said of prices and load; what is measured comes to it.</summary>
    public IReadOnlyList<Assumption> Costs { get; init; } = [];

    /// <summary>Go on with a pilot that was interrupted in this folder; begin if there is none.</summary>
    public bool Resume { get; init; }
}

/// <summary>How far a pilot is.</summary>
/// <param name="Phase">What it does: <c>quantizing</c>, <c>measuring</c>, <c>answering</c>, <c>timing</c>, <c>comparing</c>.</param>
/// <param name="Setting">The setting that it does it with.</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="Steps">Steps in all, as far as can be told: settings may turn out not to be needed.</param>
/// <param name="Fraction">Share of the step that is done, 0 to 1.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="Remaining">Of the step, estimated; null until there is something to estimate from.</param>
public sealed record PilotProgress(string Phase, string? Setting, int Step, int Steps, double Fraction, TimeSpan Elapsed, TimeSpan? Remaining);
