using System.Globalization;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What one or two models made of a task, for people.</summary>
internal static class TaskView
{
    // The rest is in the JSON.
    private const int MostChanges = 20, MostTags = 30, LongestAnswer = 100;

    public static void Write(IAnsiConsole console, TaskDocument document)
    {
        console.Write(Totals(document));
        if (document.Tags.Count > 0)
        {
            console.Write(ByTag(document));
        }
        if (document.Against is { Changes: { Count: > 0 } changes })
        {
            WriteChanges(console, changes);
        }
    }

    private static Table Totals(TaskDocument document)
    {
        TaskDocument.Dense? dense = document.Against;
        string heading = $"Task, {document.Metric}";
        Table table = dense is null ? Tables.Create(heading, "Value") : Tables.Create(heading, "Dense", "Model", "Difference");
        Row(table, "questions", Figures.Count(document.Items), dense is null ? null : Figures.Count(document.Items));
        Row(table, "right", Figures.Count(document.Right), dense is null ? null : Figures.Count(dense.Right));
        Row(table, "accuracy", Share(document.Accuracy), Share(dense?.Accuracy), Points(dense?.Difference));
        if (document.AccuracyByCharacter is not null)
        {
            Row(table, "accuracy by character", Share(document.AccuracyByCharacter), Share(dense?.AccuracyByCharacter));
            Row(table, "accuracy by token", Share(document.AccuracyByToken), Share(dense?.AccuracyByToken));
        }
        if (document.Score is not null)
        {
            Row(table, "mean score", Score(document.Score), Score(dense?.Score), Score(dense?.ScoreDifference));
        }
        if (document.Critical is TaskDocument.Answered critical)
        {
            int? before = dense?.Critical is TaskDocument.Pairs pairs ? critical.Right + pairs.Lost - pairs.Gained : null;
            Row(table, "critical, right", Of(critical.Right, critical.Items), before is int right ? Of(right, critical.Items) : null,
                dense?.Critical is { } flips ? Flips(flips.Lost, flips.Gained) : null);
        }
        if (Cut(document.Results) + (dense is null ? 0 : Cut(dense.Results)) > 0)
        {
            Row(table, "answers that were cut", Figures.Count(Cut(document.Results)), dense is null ? null : Figures.Count(Cut(dense.Results)));
        }
        if (dense is not null)
        {
            Row(table, "lost and gained", Figures.None, Figures.None, Flips(dense.Lost, dense.Gained));
            Row(table, "p-value (McNemar)", Figures.None, Figures.None, dense.PValue.ToString("0.0000", CultureInfo.InvariantCulture));
        }
        Row(table, "time", Figures.Seconds(document.Seconds), dense is null ? null : Figures.Seconds(dense.Seconds));
        return table;
    }

    private static Table ByTag(TaskDocument document)
    {
        TaskDocument.Dense? dense = document.Against;
        Table table = dense is null
            ? Tables.Create("Tag", "Questions", "Accuracy")
            : Tables.Create("Tag", "Questions", "Accuracy", "Lost, gained", "Difference");
        foreach ((int index, TaskDocument.TagPart tag) in document.Tags.Take(MostTags).Index())
        {
            string[] cells = [tag.Tag, Figures.Count(tag.Items), Share(tag.Accuracy)!];
            table.Row(dense is null ? cells : [.. cells, Flips(dense.Tags[index].Lost, dense.Tags[index].Gained), Points(dense.Tags[index].Difference)!]);
        }
        return table;
    }

    private static void WriteChanges(IAnsiConsole console, IReadOnlyList<TaskDocument.Change> changes)
    {
        foreach (TaskDocument.Change change in changes.Take(MostChanges))
        {
            string kind = change.Kind == "other" ? "other answer" : change.Kind;
            console.Write(new Text($"{kind}{(change.Critical ? ", critical" : "")}: {change.Id}{Differences(change)}\n"));
            console.Write(new Text($"  dense: {OneLine(change.Before)}\n  model: {OneLine(change.After)}\n"));
        }
        if (changes.Count > MostChanges)
        {
            console.Write(new Text($"and {changes.Count - MostChanges} more, which --json lists\n"));
        }
    }

    private static string Differences(TaskDocument.Change change)
    {
        (string Name, TaskDocument.Words? Words)[] all = [("numbers", change.Numbers), ("negations", change.Negations), ("names", change.Names)];
        string[] kinds = [.. all.Where(kind => kind.Words is not null).Select(kind => kind.Name)];
        return kinds.Length == 0 ? "" : $" ({string.Join(", ", kinds)} differ)";
    }

    private static void Row(Table table, string name, string? model, string? dense, string? difference = null) =>
        table.Row(dense is null ? [name, model ?? Figures.None] : [name, dense, model ?? Figures.None, difference ?? ""]);

    private static string? Share(IntervalFigures? share) => share is null ? null : Figures.Interval(share, Figures.Percent);

    private static string? Score(IntervalFigures? score) => score is null ? null : Figures.Interval(score, Figures.Nats);

    private static int Cut(IReadOnlyList<TaskDocument.Result> results) => results.Count(result => result.Truncated == true);

    // Percentage points.
    private static string? Points(IntervalFigures? difference) => difference is null
        ? null
        : Figures.Interval(difference, value => (value * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)) + " pp";

    private static string Of(int right, int items) => $"{Figures.Count(right)} of {Figures.Count(items)}";

    private static string Flips(int lost, int gained) => $"-{lost}, +{gained}";

    private static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= LongestAnswer)
        {
            return line;
        }
        int end = char.IsHighSurrogate(line[LongestAnswer - 1]) ? LongestAnswer - 1 : LongestAnswer;
        return line[..end] + " ..";
    }
}
