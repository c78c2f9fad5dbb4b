using System.Globalization;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Standard input, output and error as the system gives them, and whether it gives any.</summary>
internal static class StandardStreams
{
    /// <summary>What errors call standard input.</summary>
    public const string InputName = "standard input";

    private const int Input = 0, Output = 1, Error = 2;

    private const string Descriptors = "/proc/self/fd";

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
    /// through: reading there waits for ever, and writing there disturbs it. So a pipe whose other end this process has counts as none.
    /// </summary>
    private static bool IsClosed(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }
        if (TargetOf(descriptor) is not string opened)
        {
            return Directory.Exists(Descriptors);
        }
        bool reads = descriptor == Input;
        if (!Allows(descriptor, reads))
        {
            return true;
        }
        return opened.StartsWith("pipe:", StringComparison.Ordinal) && Directory.EnumerateFileSystemEntries(Descriptors)
            .Select(entry => int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture))
            .Any(other => other != descriptor && TargetOf(other) == opened && Allows(other, !reads));
    }

    /// <summary>What a descriptor leads to, such as <c>pipe:[123]</c>; null if it is closed.</summary>
    private static string? TargetOf(int descriptor)
    {
        try
        {
            return Path.GetFileName(new FileInfo($"{Descriptors}/{descriptor}").LinkTarget);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a descriptor is open for reading, or for writing.</summary>
    private static bool Allows(int descriptor, bool reading)
    {
        try
        {
            // As open(2) was given them, in octal.
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (flags[^1] - '0' & 3) switch { 0 => reading, 1 => !reading, _ => true };
        }
        catch (IOException)
        {
            return false;
        }
    }
}
