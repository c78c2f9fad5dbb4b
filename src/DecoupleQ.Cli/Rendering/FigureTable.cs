using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DecoupleQ.Cli.Rendering;

/// <summary>
/// A table of any number of rows in the style of <see cref="Tables"/>. One that is long is written as it is made, line by line: laid out as a whole, a million
/// rows would take gigabytes.
/// </summary>
internal static class FigureTable
{
    // More than anybody looks at.
    private const int LongestLaidOut = 2000;
    private const int Piece = 1 << 15;
    private const int Edge = 2, Gap = 3;

    /// <summary>Writes it.</summary>
    /// <param name="console">Where a table that is laid out goes to.</param>
    /// <param name="output">Where a longer one goes to: the same place, as visible text where that is a terminal.</param>
    /// <param name="columns">Headings: names first, then figures.</param>
    /// <param name="rows">The cells of each row; asked for up to three times.</param>
    public static void Write(IAnsiConsole console, TextWriter output, string[] columns, IEnumerable<string[]> rows)
    {
        if (rows.Skip(LongestLaidOut).Any())
        {
            WriteLong(output, columns, rows);
            return;
        }
        Table table = Tables.Create(columns[0], columns.AsSpan(1));
        foreach (string[] row in rows)
        {
            table.Row(row);
        }
        console.Write(table);
    }

    /// <summary>Writes what a laid out table writes where there is room for it.</summary>
    internal static void WriteLong(TextWriter output, string[] columns, IEnumerable<string[]> rows)
    {
        int[] widths = Array.ConvertAll(columns, Width);
        foreach (string[] row in rows)
        {
            for (int i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Width(row[i]));
            }
        }
        int total = widths.Sum() + (2 * Edge) + (Gap * (widths.Length - 1));
        var text = new StringBuilder();
        text.Append(' ', total).Append('\n');
        Line(text, columns, widths);
        text.Append('\u2500', total).Append('\n');
        foreach (string[] row in rows)
        {
            Line(text, row, widths);
            if (text.Length > Piece)
            {
                output.Write(text);
                text.Clear();
            }
        }
        text.Append(' ', total).Append('\n');
        output.Write(text);
    }

    private static void Line(StringBuilder text, string[] cells, int[] widths)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            int blanks = widths[i] - Width(cells[i]);
            text.Append(' ', i == 0 ? Edge : Gap + blanks).Append(cells[i]).Append(' ', i == 0 ? blanks : 0);
        }
        text.Append(' ', Edge).Append('\n');
    }

    // Cells of a terminal: a character takes none, one or two.
    private static int Width(string text) => Ascii.IsValid(text) ? text.Length : new Segment(text).CellCount();
}
