using DecoupleQ.Cli.Rendering;
using Spectre.Console;

namespace DecoupleQ.Cli.Tests;

public sealed class FigureTableTests
{
    private static readonly string[] Columns = ["Tensor", "Shape", "Size"];

    [Fact]
    public void A_table_that_is_written_as_it_is_made_looks_like_one_that_is_laid_out()
    {
        string[][] rows = [["model.norm", "1 x 2", "0.5 kB"], ["a", "256", "1.0 MB"], ["模型.weight", "", "[b]"], ["longest.of.all.weight", "1", "12.00 GB"]];
        using StringWriter laidOut = new(), written = new();
        IAnsiConsole console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(laidOut) });
        console.Profile.Width = 200;
        FigureTable.Write(console, TextWriter.Null, Columns, rows);
        FigureTable.WriteLong(written, Columns, rows);
        Assert.Equal(laidOut.ToString().ReplaceLineEndings("\n"), written.ToString());
    }

    [Fact]
    public void A_long_table_has_all_its_rows()
    {
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        FigureTable.Write(console, output, Columns, Enumerable.Range(0, 100_000).Select(i => (string[])[$"tensor {i}", "1", "2"]));
        string[] lines = output.ToString().Split('\n');
        Assert.Equal(100_005, lines.Length);
        Assert.StartsWith("  tensor 99999  ", lines[^3]);
    }
}
