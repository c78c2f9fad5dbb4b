using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a finished job did.</summary>
/// <param name="Output">The folder written.</param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
/// <param name="Seconds">Time by phase.</param>
/// <param name="PeakMemoryBytes">The process's peak resident set.</param>
/// <param name="DenseBytes">Bytes of the dense model's tensors.</param>
/// <param name="OutputBytes">Bytes of the packed model's tensors.</param>
/// <param name="Blocks">Each quantized block.</param>
public sealed record QuantizationReport(
    string Output,
    BitsPerWeight BitsPerWeight,
    PhaseSeconds Seconds,
    long PeakMemoryBytes,
    long DenseBytes,
    long OutputBytes,
    IReadOnlyList<BlockReport> Blocks)
{
    /// <summary>What may not be as it was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the model was calibrated on.</summary>
    public required CalibrationReport Calibration { get; init; }

    /// <summary>Each quantized layer, in the order solved.</summary>
    public IReadOnlyList<LayerReport> Layers { get; } = [.. Blocks.SelectMany(block => block.Layers)];
}

/// <summary>All stored bits (codes, scales, biases; for <paramref name="All"/> everything else too) over the number of weights that they stand for.</summary>
/// <param name="All">Of the whole model.</param>
/// <param name="QuantizedLayers">Of the quantized linear layers.</param>
public sealed record BitsPerWeight(double All, double QuantizedLayers);

/// <summary>Seconds by phase.</summary>
/// <param name="Load">Reading weights and calibration data.</param>
/// <param name="Generate">The model's writing of its own calibration text.</param>
/// <param name="Forward">Running blocks over the calibration data.</param>
/// <param name="Hessian">Accumulating X^T X.</param>
/// <param name="Solve">The layer solver.</param>
/// <param name="Minimise">Block-wise minimisation.</param>
/// <param name="Write">Writing the packed model.</param>
/// <param name="Total">From start to end.</param>
public sealed record PhaseSeconds(
    double Load, double Generate, double Forward, double Hessian, double Solve, double Minimise, double Write, double Total);

/// <summary>What a model was calibrated on.</summary>
/// <param name="Sources">
/// Kinds of sources, each once: <c>builtin</c> (the general text of the library), <c>self</c> (text that the model wrote), <c>text</c> (files), <c>ids</c>
/// (a table).
/// </param>
/// <param name="Windows">Windows calibrated on.</param>
/// <param name="HeldOutWindows">Windows that judged the training of blocks.</param>
/// <param name="Context">Ids of a window.</param>
public sealed record CalibrationReport(IReadOnlyList<string> Sources, int Windows, int HeldOutWindows, int Context);

/// <summary>A quantized layer.</summary>
/// <param name="Name">Full module path.</param>
/// <param name="Loss">Mean over rows of the damped objective.</param>
/// <param name="RelativeLoss">Relative error of the layer's outputs on the calibration inputs, undamped.</param>
public sealed record LayerReport(string Name, double Loss, double RelativeLoss);

/// <summary>A quantized block.</summary>
/// <param name="Layers">Its layers, in the order solved.</param>
/// <param name="Training">What block-wise minimisation did; null without it.</param>
public sealed record BlockReport(IReadOnlyList<LayerReport> Layers, BlockTrainingReport? Training);

/// <summary>How far a job is.</summary>
/// <param name="Phase">What it is doing: load, generate, forward, hessian, solve, minimise, write.</param>
/// <param name="Layer">The module that it is doing it to, if one.</param>
/// <param name="Block">The block, from 1; 0 before the first.</param>
/// <param name="Blocks">Blocks in all.</param>
/// <param name="Fraction">Share of the whole job that is done, 0 to 1; blocks that an interrupted run finished count as done.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="Remaining">Estimated from the speed of each phase so far; null until there is something to estimate from.</param>
public sealed record JobProgress(string Phase, string? Layer, int Block, int Blocks, double Fraction, TimeSpan Elapsed, TimeSpan? Remaining)
{
    /// <summary>The phases that most of the time goes to, in their order.</summary>
    public IReadOnlyList<PhaseProgress> Phases { get; init; } = [];

    /// <summary>In the first report, before any work: what may not be as it was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The block, if it has just been finished.</summary>
    public BlockReport? Finished { get; init; }
}

/// <summary>How far a phase is, over all blocks.</summary>
/// <param name="Phase">Its name.</param>
/// <param name="Fraction">Share done, 0 to 1.</param>
/// <param name="Remaining">Estimated; null until there is something to estimate from.</param>
public sealed record PhaseProgress(string Phase, double Fraction, TimeSpan? Remaining);
