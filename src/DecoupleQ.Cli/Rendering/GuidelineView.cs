using System.Globalization;
using DecoupleQ.Cli.Json;
using DecoupleQ.Pilot.Guidelines;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What follows from pilots, on one screen; the page has the evidence.</summary>
internal static class GuidelineView
{
    public static void Write(Terminal terminal, GuidelineDocument document)
    {
        IAnsiConsole console = terminal.OutputConsole;
        Table table = Tables.Create("Family", "Parameters", "Model", "Task", "Limits", "In short");
        foreach (GuidelineDocument.Case item in document.Cases)
        {
            table.Row(
                item.Family, Figures.Count(item.Parameters), item.Model, item.Metric is null ? item.Task : $"{item.Task} ({item.Metric})",
                item.Limits.Count == 0 ? Figures.None : string.Join(", ", item.Limits),
                string.Join(", ", item.Bits.Where(bits => bits.Bits <= (item.Holds ?? int.MaxValue)).Select(Text)));
        }
        console.Write(table);
        foreach (string file in document.Repeated)
        {
            console.Write(new Text($"{file} holds a pilot that was given already, and does not count again.\n"));
        }
        terminal.Output.WriteLine($"{document.Output} has the evidence.");
    }

    private static string Text(GuidelineDocument.BitsState bits) => string.Create(CultureInfo.InvariantCulture, $"{bits.Bits} bits {Words(bits.Standing)}");

    private static string Words(BitsStanding standing) => standing switch
    {
        BitsStanding.Hold => "hold",
        BitsStanding.Fail => "do not hold",
        BitsStanding.Undecided => "not decided",
        _ => "measured",
    };
}
