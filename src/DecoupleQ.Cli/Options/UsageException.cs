namespace DecoupleQ.Cli.Options;

/// <summary>The command line is wrong.</summary>
/// <param name="message">One line that says what is wrong, without the option and the expectation.</param>
/// <param name="option">The option or argument concerned, as it is typed.</param>
/// <param name="expected">What was expected instead.</param>
internal sealed class UsageException(string message, string? option, string? expected) : Exception(message)
{
    public string? Option { get; } = option;

    public string? Expected { get; } = expected;
}
