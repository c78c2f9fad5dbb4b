namespace DecoupleQ.Cli.Progress;

/// <summary>How progress is shown.</summary>
internal enum ProgressMode
{
    /// <summary>Bars on a terminal, a line for each milestone elsewhere.</summary>
    Auto,

    /// <summary>An event a line, for programs.</summary>
    Json,

    /// <summary>Not at all.</summary>
    None,
}
