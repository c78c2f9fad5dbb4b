using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>quantize --json</c> prints; <c>compare --report</c> reads it.</summary>
/// <param name="Output">The folder written.</param>
/// <param name="BitsPerWeight">Stored bits over weights.</param>
/// <param name="Seconds">Seconds by phase.</param>
/// <param name="PeakMemoryBytes">The process's peak resident set.</param>
/// <param name="DenseBytes">Bytes of the dense model's tensors.</param>
/// <param name="OutputBytes">Bytes of the packed model's tensors.</param>
/// <param name="Layers">Each quantized layer, in the order solved.</param>
/// <param name="Calibration">What it was calibrated on.</param>
/// <param name="Warnings">A sentence each.</param>
internal sealed record QuantizeDocument(
    string Output,
    BitsPerWeightFigures BitsPerWeight,
    QuantizeDocument.Phases Seconds,
    long PeakMemoryBytes,
    long DenseBytes,
    long OutputBytes,
    IReadOnlyList<QuantizeDocument.Layer> Layers,
    QuantizeDocument.CalibrationFigures? Calibration = null,
    IReadOnlyList<string>? Warnings = null)
{
    public static QuantizeDocument From(QuantizationReport report) => new(
        report.Output,
        new(report.BitsPerWeight.All, report.BitsPerWeight.QuantizedLayers),
        Phases.From(report.Seconds),
        report.PeakMemoryBytes,
        report.DenseBytes,
        report.OutputBytes,
        [.. report.Layers.Select(layer => new Layer(layer.Name, layer.Loss, layer.RelativeLoss))],
        new(report.Calibration.Sources, report.Calibration.Windows, report.Calibration.HeldOutWindows, report.Calibration.Context),
        report.Warnings);

    internal sealed record Phases(double Load, double Generate, double Forward, double Hessian, double Solve, double Minimise, double Write, double Total)
    {
        public static Phases From(PhaseSeconds seconds) => new(
            seconds.Load, seconds.Generate, seconds.Forward, seconds.Hessian, seconds.Solve, seconds.Minimise, seconds.Write, seconds.Total);
    }

    internal sealed record CalibrationFigures(IReadOnlyList<string> Sources, int Windows, int HeldOutWindows, int Context);

    internal sealed record Layer(string Name, double Loss, double RelativeLoss);
}
