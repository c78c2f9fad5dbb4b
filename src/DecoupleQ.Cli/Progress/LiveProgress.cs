using Spectre.Console;

namespace DecoupleQ.Cli.Progress;

/// <summary>A bar, a share and a description that are rewritten in place.</summary>
internal static class LiveProgress
{
    public static TResult Run<TResult>(IAnsiConsole console, string title, Func<Action<ProgressState>, TResult> work) => console.Progress()
        .AutoClear(true)
        .HideCompleted(false)
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
            return work(state =>
            {
                task.Value = state.Fraction;
                task.Description = Markup.Escape(state.Activity);
            });
        });
}
