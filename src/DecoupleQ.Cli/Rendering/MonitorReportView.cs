using System.Globalization;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What happened in a period, on one screen.</summary>
internal static class MonitorReportView
{
    // Of each, so that all of it is one screen; the page has the rest.
    private const int MostLines = 6;

    public static void Write(Terminal terminal, MonitorReportDocument document)
    {
        IAnsiConsole console = terminal.OutputConsole;
        console.Write(new Text($"{Time(document.First)} to {Time(document.Last)} UTC, {Figures.Count(document.Entries)} entries\n"));
        console.Write(Answers(document));
        if (document.Comparisons.Count > 0)
        {
            console.Write(Compared(document));
        }
        Lines(console, document.Drift, drift =>
            $"Drift: {drift.Model} {drift.Route}: {(drift.Began is DateTimeOffset began ? $"from {Time(began)}" : "from before the log")} "
            + $"{(drift.Ended is DateTimeOffset ended ? $"to {Time(ended)}" : "on")}: {string.Join(", ", drift.Signals.Select(signal => signal.Name))}");
        Lines(console, [.. document.Models.Where(model => model.FailedSelfChecks > 0)], model =>
            $"Self-checks: {model.Name}: {Figures.Count(model.FailedSelfChecks)} of {Figures.Count(model.SelfChecks)} failed");
        Lines(console, [.. document.Models.Where(model => model.LostEntries + model.LostReplays > 0)], model =>
            $"Lost: {model.Name}: {Figures.Count(model.LostEntries)} entries of the log, {Figures.Count(model.LostReplays)} answers that were to be compared");
        Lines(console, document.Shares, change => $"Canary: {Time(change.Time)}: {change.Model}: {Figures.Percent(change.Share)}: {change.Sentence}");
        terminal.Output.WriteLine($"{document.Output} has the rest.");
    }

    private static Table Answers(MonitorReportDocument document)
    {
        Table table = Tables.Create("Model", "Route", "Answers", "Log-probability", "Entropy", "Repetition", "Truncated", "Empty", "First token", "Tokens/s");
        foreach ((MonitorReportDocument.WatchedModel model, MonitorReportDocument.WatchedRoute route) in
            document.Models.SelectMany(model => model.Routes.Select(route => (model, route))).Take(2 * MostLines))
        {
            table.Row(
                model.Name, route.Name, Figures.Count(route.Answers), Known(route.LogProbability, Figures.Nats), Known(route.Entropy, Figures.Nats),
                Known(route.Repetition, Figures.Percent), Figures.Percent(route.Truncated), Figures.Percent(route.Empty),
                Known(route.FirstTokenSeconds * 1000, milliseconds => $"{Figures.Count((long)milliseconds)} ms"),
                Known(route.TokensPerSecond, rate => rate.ToString("0.0", CultureInfo.InvariantCulture)));
        }
        return table;
    }

    private static Table Compared(MonitorReportDocument document)
    {
        Table table = Tables.Create("Model", "Compared with", "Answers", "KL divergence, nats", "Top-1 agreement", "Perplexity ratio");
        foreach (MonitorReportDocument.Comparison comparison in document.Comparisons.Take(MostLines))
        {
            table.Row(
                comparison.Model, comparison.Reference, Figures.Count(comparison.Answers), Figures.Interval(comparison.KlDivergence, Figures.Nats),
                Figures.Interval(comparison.Agreement, Figures.Percent), Figures.Interval(comparison.PerplexityRatio, Figures.Nats));
        }
        return table;
    }

    private static void Lines<T>(IAnsiConsole console, IReadOnlyList<T> items, Func<T, string> line)
    {
        // The last ones are those that still hold.
        foreach (T item in items.Skip(items.Count - MostLines))
        {
            console.Write(new Text(line(item) + "\n"));
        }
    }

    private static string Known(double? value, Func<double, string> text) => value is double known ? text(known) : Figures.None;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
