using Spectre.Console;
using Spectre.Console.Rendering;

namespace DecoupleQ.Cli.Progress;

/// <summary>What each bar is of, in full where a third of the line is enough for it.</summary>
internal sealed class LabelColumn : ProgressColumn
{
    private int _longest;

    protected override bool NoWrap => true;

    /// <summary>Widens the column for a label.</summary>
    public void MakeRoom(string label) => _longest = Math.Max(_longest, label.Length);

    public override int? GetColumnWidth(RenderOptions options) => WidthIn(options.ConsoleSize.Width);

    /// <summary>Cells of the column on a line of <paramref name="console"/> cells.</summary>
    public int WidthIn(int console) => Math.Min(_longest, Math.Max(1, console / 3));

    // Plain text: a label may hold what the markup language would take for a tag.
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(OneLine.Fit(task.Description, WidthIn(options.ConsoleSize.Width)));
}
