namespace DecoupleQ.Cli.Rendering;

/// <summary>Standard input, output and error as the system gives them, and whether it gives any.</summary>
internal static class StandardStreams
{
    /// <summary>What errors call standard input.</summary>
    public const string InputName = "standard input";

    private const int Input = 0, Output = 1, Error = 2;

    private const string Descriptors = "/proc/self/fdinfo";

    // O_RDONLY, O_WRONLY, O_ACCMODE and O_CLOEXEC of Linux.
    private const int ReadOnly = 0, WriteOnly = 1, AccessMode = 3, ClosedOnExec = 0x80000;

    // The longest write to a pipe that is done whole or not at all.
    private static readonly int PipePiece = OperatingSystem.IsLinux() ? 4096 : 512;

    // Asked before anything else is opened.
    private static readonly bool[] Closed = [IsClosed(Input), IsClosed(Output), IsClosed(Error)];

    /// <summary>Standard input, from its start.</summary>
    /// <exception cref="DecoupleQException">It is closed.</exception>
    public static Stream OpenInput() => Closed[Input]
        ? throw new DecoupleQException("It is closed.", InputName, expected: "a terminal, a pipe or a file; < /dev/null for nothing")
        : Console.OpenStandardInput();

    /// <summary>Standard output, whose failures are told.</summary>
    public static Stream OpenOutput() => new ResultStream(Open(Output, Console.OpenStandardOutput, Console.IsOutputRedirected));

    /// <summary>Standard error, whose failures nobody could be told of.</summary>
    public static Stream OpenError() => new NoticeStream(Open(Error, Console.OpenStandardError, Console.IsErrorRedirected));

    private static Stream Open(int descriptor, Func<Stream> open, bool isRedirected)
    {
        if (Closed[descriptor])
        {
            return new ClosedStream();
        }
        // The library's own stream takes no notice of a reader that has left.
        return OperatingSystem.IsWindows() || !isRedirected ? open() : PipeStream.Over(descriptor, PipePiece) ?? open();
    }

    /// <summary>
    /// Whether the process was started without this stream. Its number then belongs to what the runtime opened first, an end of a pipe that it talks to itself
    /// through: reading there waits for ever, and writing there disturbs it. What the runtime opens is closed for the programs that it starts, and what a
    /// program was started with is not, or it would not have it: that tells them apart, whichever other ends of its streams the process was given.
    /// </summary>
    private static bool IsClosed(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Descriptors))
        {
            return false;
        }
        return OpenedAs(descriptor) is not int flags || (flags & ClosedOnExec) != 0 || (flags & AccessMode) == (descriptor == Input ? WriteOnly : ReadOnly);
    }

    /// <summary>The flags of open(2) that a descriptor has; null if it is closed.</summary>
    private static int? OpenedAs(int descriptor)
    {
        const string Field = "flags:";
        try
        {
            string line = File.ReadLines($"{Descriptors}/{descriptor}").First(line => line.StartsWith(Field, StringComparison.Ordinal));
            return Convert.ToInt32(line[Field.Length..].Trim(), 8);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
