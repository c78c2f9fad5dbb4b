using Spectre.Console;

namespace DecoupleQ.Cli.Progress;

/// <summary>Bars, rewritten in place: one of the whole work with what it is doing, and one of each part; a line each, however narrow the terminal.</summary>
internal static class LiveProgress
{
    private const int WidestBar = 40;

    // A shorter bar tells less than the percentage beside it.
    private const int NarrowestBar = 8;

    // What is left for labels, percentages and notes before a bar gets room.
    private const int RoomForWords = 70;

    public static TResult Run<TResult>(IAnsiConsole console, string title, Func<Action<ProgressState>, TResult> work)
    {
        LabelColumn labels = new();
        PercentageColumn percentages = new();
        int barWidth = Math.Min(console.Profile.Width - RoomForWords, WidestBar);
        ProgressColumn[] bar = barWidth < NarrowestBar ? [] : [new ProgressBarColumn { Width = barWidth }];
        NoteColumn notes = new(labels, bar.Length == 0 ? 0 : barWidth);
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns([labels, .. bar, percentages, notes])
            .Start(context =>
            {
                ProgressTask whole = Add(context, title);
                Dictionary<string, ProgressTask> parts = [];
                return work(state =>
                {
                    whole.Value = state.Fraction;
                    notes.Set(whole, state.Notes);
                    int before = parts.Count;
                    foreach (ProgressPart part in state.Parts)
                    {
                        if (!parts.TryGetValue(part.Name, out ProgressTask? task))
                        {
                            task = parts[part.Name] = Add(context, "  " + part.Name);
                        }
                        task.Value = part.Fraction;
                        notes.Set(task, part.Notes);
                    }
                    if (parts.Count > before)
                    {
                        // New bars are shown at once, the rest when the console's own thread comes by.
                        context.Refresh();
                    }
                });
            });

        ProgressTask Add(ProgressContext context, string label)
        {
            labels.MakeRoom(label);
            return context.AddTask(label, maxValue: 1);
        }
    }
}
