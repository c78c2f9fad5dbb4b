namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>The text of a template and where it stands.</summary>
/// <param name="Text">The text.</param>
/// <param name="File">The file, for errors.</param>
/// <param name="Field">The field of the file; null if the file is the template.</param>
internal sealed record TemplateSource(string Text, string File, string? Field)
{
    /// <summary>An error at a line of the template, counted from 1.</summary>
    public DecoupleQException Error(int line, string problem, string expected) =>
        new(problem, File, Field is null ? $"line {line}" : $"{Field}, line {line}", expected);
}
