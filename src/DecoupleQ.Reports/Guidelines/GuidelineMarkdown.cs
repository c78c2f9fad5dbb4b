using System.Text;
using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports.Guidelines;

/// <summary>A guideline as Markdown, with tables as GitHub has them.</summary>
internal static class GuidelineMarkdown
{
    public static string Write(GuidelineView view)
    {
        var page = new StringBuilder();
        Paragraph(page, $"# {MarkdownText.Of(view.Title)}");
        Paragraph(page, MarkdownText.Of(view.Subtitle));
        if (view.None is not null)
        {
            Paragraph(page, MarkdownText.Of(view.None));
        }
        foreach (GuidelineTable table in view.Tables())
        {
            Paragraph(page, $"## {MarkdownText.Of(table.Title)}");
            Paragraph(page, MarkdownText.Of(table.Note));
            Row(page, table.Columns.Select(column => column.Heading));
            page.Append('|').AppendJoin('|', table.Columns.Select(column => column.IsFigure ? " ---: " : " --- ")).Append("|\n");
            foreach (IReadOnlyList<string> row in table.Rows)
            {
                Row(page, row);
            }
            page.Append('\n');
        }
        Paragraph(page, $"## {MarkdownText.Of(view.PilotsTitle)}");
        Paragraph(page, MarkdownText.Of(view.PilotsNote));
        if (view.Repeated is not null)
        {
            Paragraph(page, MarkdownText.Of(view.Repeated));
        }
        foreach (GuidelineCommand pilot in view.Pilots)
        {
            Paragraph(page, MarkdownText.Of(pilot.Label));
            Paragraph(page, MarkdownText.Block(pilot.Text, "sh"));
        }
        Paragraph(page, $"## {MarkdownText.Of(view.CommandTitle)}");
        Paragraph(page, MarkdownText.Of(view.CommandNote));
        Paragraph(page, MarkdownText.Block(view.Command, "sh"));
        return page.Append(MarkdownText.Of(view.Footer)).Append('\n').ToString();
    }

    private static void Paragraph(StringBuilder page, string text) => page.Append(text).Append("\n\n");

    private static void Row(StringBuilder page, IEnumerable<string> cells) =>
        page.Append("| ").AppendJoin(" | ", cells.Select(MarkdownText.Cell)).Append(" |\n");
}
