using DecoupleQ.Quantization.Jobs;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>The report of a conversion, for people.</summary>
internal static class ConversionView
{
    public static void Write(IAnsiConsole console, ConversionReport report)
    {
        Table table = Tables.Create("Model", "Value");
        table.Row("tensors", Figures.Count(report.Tensors));
        table.Row("size", Figures.Size(report.Bytes));
        console.Write(table);
        console.Write(new Text($"Written to {report.Output}: {string.Join(", ", report.Files)}\n"));
    }
}
