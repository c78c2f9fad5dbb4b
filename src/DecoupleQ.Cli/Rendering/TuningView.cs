using DecoupleQ.Quantization.Jobs;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>The report of a tuning, for people.</summary>
internal static class TuningView
{
    public static void Write(IAnsiConsole console, TuningReport report)
    {
        Table table = Tables.Create("Tuning", "Value");
        table.Row("windows", $"{Figures.Count(report.Windows)} of {Figures.Count(report.Context)} ids, {Figures.Count(report.HeldOutWindows)} held out");
        string best = report.Best == report.Steps ? "" : $", best after {Figures.Count(report.Best)}";
        table.Row("steps", Figures.Count(report.Steps) + best);
        table.Row("held-out loss before", $"{Figures.Nats(report.Before.HeldOutLoss)} nats");
        table.Row("held-out loss after", $"{Figures.Nats(report.After.HeldOutLoss)} nats");
        table.Row("changed integers", $"{Figures.Count(report.ChangedIntegers)} of {Figures.Count(report.Integers)}");
        table.Row("time", Figures.Seconds(report.Seconds));
        table.Row("peak memory", Figures.Size(report.PeakMemoryBytes));
        console.Write(table);
        if (report.Best == 0)
        {
            console.Write(new Text("Training did not lower the held-out loss: the model is what it was.\n"));
        }
        console.Write(new Text($"Written to {report.Output}\n"));
    }
}
