using System.Text;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads a text that an option names.</summary>
internal static class TextInput
{
    /// <summary>What stands for standard input where a command reads that too.</summary>
    public const string StandardInput = "-";

    private const int MostCharacters = 1 << 29;

    /// <param name="path">The file; <see cref="StandardInput"/> stands for standard input.</param>
    /// <param name="option">The option that names it, for errors.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">The file or input cannot be read, is a pipe or a device, is not UTF-8 or is too large.</exception>
    public static string ReadFileOrInput(string path, string option, CancellationToken cancellationToken)
    {
        if (path == StandardInput)
        {
            return InputWait.For(() => Read(Console.OpenStandardInput, "standard input", option, cancellationToken), cancellationToken);
        }
        if (Directory.Exists(path))
        {
            throw Refuse(path, option, "This is a folder.", "a text file");
        }
        return File.Exists(path)
            ? Read(() => TextFile.Open(path), path, option, cancellationToken)
            : throw Refuse(path, option, "There is no such file.", "a text file");
    }

    private static string Read(Func<Stream> open, string name, string option, CancellationToken cancellationToken)
    {
        try
        {
            using StreamReader reader = new(open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            StringBuilder text = new();
            char[] piece = new char[1 << 16];
            for (int read; (read = reader.Read(piece)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (text.Length + read > MostCharacters)
                {
                    throw Refuse(name, option, "The text is too long.", $"at most {MostCharacters} characters");
                }
                text.Append(piece, 0, read);
            }
            return text.ToString();
        }
        catch (DecoderFallbackException error)
        {
            throw Refuse(name, option, "The text is not UTF-8.", "a text in UTF-8", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refuse(name, option, "The file cannot be read: " + error.Message, "a readable text file", error);
        }
    }

    private static DecoupleQException Refuse(string name, string option, string message, string expected, Exception? cause = null) =>
        new(message, name, option, expected, cause);
}
