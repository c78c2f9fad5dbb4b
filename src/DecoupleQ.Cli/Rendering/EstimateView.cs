using DecoupleQ.Quantization.Estimates;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What a job would take, for people.</summary>
internal static class EstimateView
{
    public static void Write(IAnsiConsole console, JobEstimate estimate)
    {
        console.Write(Summary(estimate));
        console.Write(Memory(estimate.Memory));
        console.Write(PhaseTable.Create(estimate.Seconds));
        foreach (string warning in estimate.Warnings)
        {
            console.Write(new Text($"Warning: {warning}\n", new Style(foreground: Color.Yellow)));
        }
        console.Write(new Text($"Nothing was written; the job would write {estimate.Output}\n"));
    }

    private static Table Summary(JobEstimate estimate)
    {
        Table table = Tables.Create("Estimate", "Value");
        table.Row("layers to quantize", $"{Figures.Count(estimate.Layers)} in {Figures.Count(estimate.Blocks)} blocks");
        if (estimate.FinishedBlocks > 0)
        {
            table.Row("blocks finished already", Figures.Count(estimate.FinishedBlocks));
        }
        table.Row("dense size", Figures.Size(estimate.DenseBytes));
        table.Row("packed size", Figures.Size(estimate.OutputBytes));
        table.Row("bits a weight, whole model", Figures.Bits(estimate.BitsPerWeight.All));
        table.Row("bits a weight, quantized layers", Figures.Bits(estimate.BitsPerWeight.QuantizedLayers));
        table.Row("disk, output folder", Figures.Size(estimate.Disk.OutputBytes));
        if (estimate.Disk.SpilledBytes > 0)
        {
            table.Row("disk, activations while it runs", Figures.Size(estimate.Disk.SpilledBytes));
        }
        table.Row("disk, free", estimate.Disk.FreeBytes is long free ? Figures.Size(free) : Figures.None);
        return table;
    }

    private static Table Memory(MemoryEstimate memory)
    {
        Table table = Tables.Create($"Memory at its peak ({memory.Phase})", "Size");
        foreach (MemoryPart part in memory.Parts)
        {
            table.Row(part.Name, Figures.Size(part.Bytes));
        }
        table.Row("peak", Figures.Size(memory.PeakBytes));
        table.Row("available", Figures.Size(memory.AvailableBytes));
        return table;
    }
}
