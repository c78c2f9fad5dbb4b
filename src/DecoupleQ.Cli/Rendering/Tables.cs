using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Tables in one style: a heading line, names on the left, figures on the right.</summary>
internal static class Tables
{
    public static Table Create(string firstColumn, params ReadOnlySpan<string> figureColumns)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(Markup.Escape(firstColumn)).NoWrap());
        foreach (string column in figureColumns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned().NoWrap());
        }
        return table;
    }

    /// <summary>Adds a row of plain text: names may hold what the markup language would take for a tag.</summary>
    public static void Row(this Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);
}
