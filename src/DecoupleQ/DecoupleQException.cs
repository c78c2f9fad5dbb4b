namespace DecoupleQ;

/// <summary>An error that the user can act on: it names the file, the field and what was expected.</summary>
/// <remarks><see cref="Exception.Message"/> is one line, complete by itself; the properties repeat its parts for machines.</remarks>
public sealed class DecoupleQException : Exception
{
    private readonly string _problem;

    /// <summary>Creates the error.</summary>
    /// <param name="message">One line that says what is wrong, without file, field and expectation.</param>
    /// <param name="file">The file or folder concerned.</param>
    /// <param name="field">The tensor, JSON field or option concerned.</param>
    /// <param name="expected">What was expected instead, or what to do.</param>
    /// <param name="inner">The cause.</param>
    public DecoupleQException(string message, string? file = null, string? field = null, string? expected = null, Exception? inner = null)
        : base(Compose(message, file, field, expected), inner)
    {
        _problem = message;
        File = file;
        Field = field;
        Expected = expected;
    }

    /// <summary>The file or folder concerned, if one is.</summary>
    public string? File { get; }

    /// <summary>The tensor, JSON field or option concerned, if one is.</summary>
    public string? Field { get; }

    /// <summary>What was expected instead, or what to do.</summary>
    public string? Expected { get; }

    /// <summary>
    /// Whether a model that runs is at fault, whatever was asked of it: its numbers are not finite, or its files changed while they were in use. Who serves it
    /// has to be told then, not who asked.
    /// </summary>
    public bool IsModelFault { get; init; }

    /// <summary>The same error, of a file that whoever found it did not know, or not by the name that the user knows.</summary>
    /// <param name="file">The file.</param>
    public DecoupleQException In(string file) => new(_problem, file, Field, Expected, InnerException ?? this) { IsModelFault = IsModelFault };

    /// <summary>The same error, of a field or option that whoever found it did not know, or not by the name that the user knows.</summary>
    /// <param name="field">The field or option.</param>
    public DecoupleQException Of(string field) => new(_problem, File, field, Expected, InnerException ?? this) { IsModelFault = IsModelFault };

    private static string Compose(string message, string? file, string? field, string? expected)
    {
        string where = (file, field) switch
        {
            (not null, not null) => $"{file}: {field}: ",
            (not null, null) => $"{file}: ",
            (null, not null) => $"{field}: ",
            _ => "",
        };
        return OneLine(where + message + (expected is null ? "" : $" (expected: {expected})"));
    }

    // Names and values that errors quote come from files, which may hold anything.
    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString())) : text;
}
