using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DecoupleQ.Cli.Progress;

/// <summary>Bars, rewritten in place: one of the whole work with what it is doing, and one of each part.</summary>
internal static class LiveProgress
{
    public static TResult Run<TResult>(IAnsiConsole console, string title, Func<Action<ProgressState>, TResult> work)
    {
        NoteColumn notes = new();
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), notes)
            .Start(context =>
            {
                ProgressTask whole = context.AddTask(Markup.Escape(title), maxValue: 1);
                Dictionary<string, ProgressTask> parts = [];
                return work(state =>
                {
                    whole.Value = state.Fraction;
                    notes.Set(whole, state.Activity);
                    int before = parts.Count;
                    foreach (ProgressPart part in state.Parts)
                    {
                        if (!parts.TryGetValue(part.Name, out ProgressTask? task))
                        {
                            task = parts[part.Name] = context.AddTask("  " + Markup.Escape(part.Name), maxValue: 1);
                        }
                        task.Value = part.Fraction;
                        notes.Set(task, part.Note);
                    }
                    if (parts.Count > before)
                    {
                        // New bars are shown at once, the rest when the console's own thread comes by.
                        context.Refresh();
                    }
                });
            });
    }

    /// <summary>Words beside a bar; set by the work, drawn by the console's own thread.</summary>
    private sealed class NoteColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> _notes = new();

        protected override bool NoWrap => true;

        public void Set(ProgressTask task, string note) => _notes[task.Id] = note;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(_notes.GetValueOrDefault(task.Id, "")).Overflow(Overflow.Ellipsis);
    }
}
