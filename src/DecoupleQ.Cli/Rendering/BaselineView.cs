using System.Globalization;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What a baseline holds, for people.</summary>
internal static class BaselineView
{
    public static void Write(IAnsiConsole console, BaselineDocument document)
    {
        foreach ((string name, BaselineDocument.Route route) in document.Routes)
        {
            Table table = Tables.Create(name, "Mean");
            table.Row("answers", Figures.Count(route.Answers));
            foreach ((string signal, double mean) in route.Means)
            {
                table.Row(signal.Replace('_', ' '), mean.ToString("0.###", CultureInfo.InvariantCulture));
            }
            console.Write(table);
        }
        console.WriteLine($"Written to {document.Output}; 'serve --baseline {document.Output}' says when answers differ.");
    }
}
