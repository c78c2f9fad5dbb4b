using System.Collections.Concurrent;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words beside a bar, as many as the rest of the line has room for; set by the work, drawn by the console's own thread.</summary>
/// <param name="labels">The column of labels.</param>
/// <param name="barWidth">Cells of a bar; 0 for none.</param>
internal sealed class NoteColumn(LabelColumn labels, int barWidth) : ProgressColumn
{
    // "100%", as the library's column of percentages is wide.
    private const int PercentageWidth = 4;

    private readonly ConcurrentDictionary<int, IReadOnlyList<string>> _notes = new();

    protected override bool NoWrap => true;

    public void Set(ProgressTask task, IReadOnlyList<string> notes) => _notes[task.Id] = notes;

    public override int? GetColumnWidth(RenderOptions options) => WidthIn(options.ConsoleSize.Width);

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
    {
        int width = WidthIn(options.ConsoleSize.Width);
        string text = "";
        foreach (string note in _notes.GetValueOrDefault(task.Id, []))
        {
            string longer = text.Length == 0 ? note : $"{text}, {note}";
            if (text.Length > 0 && longer.Length > width)
            {
                break;
            }
            text = longer;
        }
        return new Text(OneLine.Fit(text, width));
    }

    private int WidthIn(int console)
    {
        // A blank stands after each column but the last, and the last cell of a line stays free: some terminals wrap once it is filled.
        int others = labels.WidthIn(console) + 1 + (barWidth == 0 ? 0 : barWidth + 1) + PercentageWidth + 1;
        return Math.Max(1, console - others - 1);
    }
}
