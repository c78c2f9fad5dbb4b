namespace DecoupleQ.Reports.Guidelines;

/// <summary>A table of a guideline, whatever it is written as.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">How to read it.</param>
/// <param name="Columns">Headings, and whether figures stand below them.</param>
/// <param name="Rows">The cells of each row, one a column; lines of a cell are divided by line feeds.</param>
public sealed record GuidelineTable(
    string Title, string Note, IReadOnlyList<(string Heading, bool IsFigure)> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A command, and what it makes.</summary>
/// <param name="Label">What it makes.</param>
/// <param name="Text">The command.</param>
public sealed record GuidelineCommand(string Label, string Text);
