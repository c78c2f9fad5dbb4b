namespace DecoupleQ.Cli.Invocation;

/// <summary>A command whose help ends with command lines as they are typed.</summary>
internal interface IShowsExamples
{
    /// <summary>Command lines without the tool's name, in the words of a shell.</summary>
    IReadOnlyList<string> Examples { get; }
}
