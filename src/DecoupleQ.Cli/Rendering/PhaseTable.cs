using DecoupleQ.Quantization.Jobs;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>The time of a job by phase, spent or estimated.</summary>
internal static class PhaseTable
{
    public static Table Create(PhaseSeconds seconds)
    {
        Table table = Tables.Create("Phase", "Time");
        table.Row("load", Figures.Seconds(seconds.Load));
        if (seconds.Generate > 0)
        {
            table.Row("writing calibration text", Figures.Seconds(seconds.Generate));
        }
        table.Row("forward", Figures.Seconds(seconds.Forward));
        table.Row("Hessians", Figures.Seconds(seconds.Hessian));
        table.Row("solve", Figures.Seconds(seconds.Solve));
        if (seconds.Minimise > 0)
        {
            table.Row("minimise", Figures.Seconds(seconds.Minimise));
        }
        table.Row("write", Figures.Seconds(seconds.Write));
        table.Row("total", Figures.Seconds(seconds.Total));
        return table;
    }
}
