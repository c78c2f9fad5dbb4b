namespace DecoupleQ.Cli.Invocation;

/// <summary>The tool's exit codes; <c>--help</c> lists them.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A file, a folder or a value in one cannot be used.</summary>
    public const int Input = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A threshold given to <c>eval</c> was not met.</summary>
    public const int Gate = 3;

    /// <summary>A pilot cannot tell: there is too little to test on, or a figure lies at its limit.</summary>
    public const int Undecided = 4;

    /// <summary>An error that should not happen.</summary>
    public const int Internal = 70;

    /// <summary>EX_IOERR: standard output takes nothing, be the disk full or the file closed.</summary>
    public const int Output = 74;

    /// <summary>128 + SIGHUP: the terminal went away.</summary>
    public const int HungUp = 129;

    /// <summary>128 + SIGINT: Ctrl-C.</summary>
    public const int Cancelled = 130;

    /// <summary>128 + SIGPIPE: the reader of standard output has left.</summary>
    public const int ReaderLeft = 141;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;

    /// <summary>Code and meaning, as the help shows them; <see cref="Gate"/> only where it may come.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Success, "done"),
        (Input, "an input cannot be used: the message names the file, the field and what was expected"),
        (Usage, "the command line is wrong: the message names the option and what was expected"),
        (Gate, "a threshold (--max-perplexity, --max-kl, --min-agreement; of a pilot any) was not met"),
        (Undecided, "a pilot cannot tell whether its thresholds are met: there is too little to test on, or a figure lies at its limit"),
        (Internal, "internal error; --verbose shows where"),
        (Output, "the result cannot be written to standard output: the disk is full, or the file closed"),
        (Cancelled, "cancelled by Ctrl-C (129 by a hang-up, 143 by SIGTERM); nothing that looks whole is left"),
        (ReaderLeft, "the reader of standard output has left, as head does; nothing is said of it"),
    ];
}
