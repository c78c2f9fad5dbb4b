using DecoupleQ.Quantization.Jobs;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>The report of a quantization, for people.</summary>
internal static class QuantizationView
{
    private const int WorstLayers = 3;

    public static void Write(IAnsiConsole console, QuantizationReport report)
    {
        console.Write(Summary(report));
        console.Write(PhaseTable.Create(report.Seconds));
        if (report.Layers.Count > 0)
        {
            console.Write(Worst(report.Layers));
        }
        console.Write(new Text($"Written to {report.Output}\n"));
    }

    private static Table Summary(QuantizationReport report)
    {
        Table table = Tables.Create("Model", "Value");
        table.Row("calibrated on", Calibration(report.Calibration));
        table.Row("dense size", Figures.Size(report.DenseBytes));
        table.Row("packed size", Figures.Size(report.OutputBytes));
        table.Row("bits a weight, whole model", Figures.Bits(report.BitsPerWeight.All));
        table.Row("bits a weight, quantized layers", Figures.Bits(report.BitsPerWeight.QuantizedLayers));
        table.Row("peak memory", Figures.Size(report.PeakMemoryBytes));
        return table;
    }

    private static string Calibration(CalibrationReport calibration) =>
        $"{string.Join(", ", calibration.Sources)}: {Figures.Count(calibration.Windows)} x {Figures.Count(calibration.Context)} ids";

    private static Table Worst(IReadOnlyList<LayerReport> layers)
    {
        Table table = Tables.Create($"Layers: {layers.Count}, the worst first", "Relative loss", "Loss");
        foreach (LayerReport layer in layers.OrderByDescending(layer => layer.RelativeLoss).Take(WorstLayers))
        {
            table.Row(layer.Name, Figures.RelativeLoss(layer.RelativeLoss), Figures.Loss(layer.Loss));
        }
        table.Row("mean of all layers", Figures.RelativeLoss(layers.Average(layer => layer.RelativeLoss)), Figures.Loss(layers.Average(layer => layer.Loss)));
        return table;
    }
}
