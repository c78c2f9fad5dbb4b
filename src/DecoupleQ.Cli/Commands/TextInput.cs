using System.Text;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads a text that an option names.</summary>
internal static class TextInput
{
    /// <summary>What stands for standard input where a command reads that too.</summary>
    public const string StandardInput = "-";

    /// <param name="path">The file; <see cref="StandardInput"/> stands for standard input.</param>
    /// <param name="option">The option that names it, for errors.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">The file or input cannot be read, is a pipe or a device, is not UTF-8 or is too large.</exception>
    public static string ReadFileOrInput(string path, string option, CancellationToken cancellationToken)
    {
        if (path == StandardInput)
        {
            return ReadInput(input => TextFile.Read(input, StandardStreams.InputName), option, cancellationToken);
        }
        RequireFile(path, option);
        return WhileReading(path, option, () => TextFile.Read(path));
    }

    /// <summary>Refuses what cannot be opened as a text, before work that reads it.</summary>
    /// <param name="path">The file; <see cref="StandardInput"/> stands for standard input.</param>
    /// <param name="option">The option that names it, for errors.</param>
    /// <exception cref="DecoupleQException">It is a folder, a pipe or a device, or not there.</exception>
    public static void RequireText(string path, string option)
    {
        if (path != StandardInput)
        {
            RequireFile(path, option);
            TextFile.Open(path).Dispose();
        }
    }

    private static void RequireFile(string path, string option)
    {
        if (Directory.Exists(path))
        {
            throw Refuse(path, option, "This is a folder.", "a text file");
        }
        if (!File.Exists(path))
        {
            throw Refuse(path, option, "There is no such file.", "a text file");
        }
    }

    /// <summary>What work gives that reads a file, which may prove not to be UTF-8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">The option that names it, for errors.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="DecoupleQException">It is not UTF-8, or the work's own.</exception>
    public static T WhileReading<T>(string path, string option, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DecoupleQException error) when (error.File == path && error.InnerException is DecoderFallbackException)
        {
            throw Refuse(path, option, "The text is not UTF-8.", "a text in UTF-8", error);
        }
    }

    /// <summary>What work gives that has read a file and names it in no error.</summary>
    /// <param name="path">The file; <see cref="StandardInput"/> stands for standard input.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="DecoupleQException">The work's own, of the file.</exception>
    public static T Name<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DecoupleQException error) when (error.File is null)
        {
            throw error.In(path == StandardInput ? StandardStreams.InputName : path);
        }
    }

    /// <summary>Copies standard input, a piece at a time, to a file.</summary>
    /// <param name="file">The file to write.</param>
    /// <param name="option">The option that names standard input, for errors.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">It cannot be read or copied, is not UTF-8 or is too large.</exception>
    public static void CopyInput(string file, string option, CancellationToken cancellationToken)
    {
        try
        {
            using StreamWriter writer = new(file);
            ReadInput(
                input =>
                {
                    TextFile.Copy(input, StandardStreams.InputName, writer);
                    return true;
                },
                option,
                cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"Standard input cannot be kept there: {error.Message}", file, option, "a temporary folder with room", error);
        }
    }

    private static T ReadInput<T>(Func<Stream, T> read, string option, CancellationToken cancellationToken)
    {
        try
        {
            return InputWait.For(() => read(StandardStreams.OpenInput()), cancellationToken);
        }
        catch (DecoupleQException error) when (error.InnerException is DecoderFallbackException)
        {
            throw Refuse(StandardStreams.InputName, option, "The text is not UTF-8.", "a text in UTF-8", error);
        }
    }

    private static DecoupleQException Refuse(string name, string option, string message, string expected, Exception? cause = null) =>
        new(message, name, option, expected, cause);
}
