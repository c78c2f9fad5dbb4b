using System.Text;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads the text that <c>--text</c> names.</summary>
internal static class TextInput
{
    /// <summary>What stands for standard input where a command reads that too.</summary>
    public const string StandardInput = "-";

    private const int MostCharacters = 1 << 29;

    /// <exception cref="DecoupleQException">The file cannot be read, is not UTF-8 or is too large.</exception>
    public static string Read(string path, CancellationToken cancellationToken) => Directory.Exists(path)
        ? throw Refuse(path, "This is a folder.", "a text file")
        : Read(() => File.OpenRead(path), path, cancellationToken);

    /// <summary>As <see cref="Read(string, CancellationToken)"/>; <see cref="StandardInput"/> stands for standard input.</summary>
    /// <exception cref="DecoupleQException">The file or input cannot be read, is not UTF-8 or is too large.</exception>
    public static string ReadFileOrInput(string path, CancellationToken cancellationToken) => path == StandardInput
        // A read of what is typed or piped cannot be cancelled, but the wait for it can; the process ends without it.
        ? Task.Run(() => Read(Console.OpenStandardInput, "standard input", cancellationToken)).WaitAsync(cancellationToken).GetAwaiter().GetResult()
        : Read(path, cancellationToken);

    private static string Read(Func<Stream> open, string name, CancellationToken cancellationToken)
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
                    throw Refuse(name, "The text is too long.", $"at most {MostCharacters} characters");
                }
                text.Append(piece, 0, read);
            }
            return text.ToString();
        }
        catch (DecoderFallbackException error)
        {
            throw Refuse(name, "The text is not UTF-8.", "a text in UTF-8", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refuse(name, "There is no such file.", "a text file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refuse(name, "The file cannot be read: " + error.Message, "a readable text file", error);
        }
    }

    private static DecoupleQException Refuse(string name, string message, string expected, Exception? cause = null) =>
        new(message, name, "--text", expected, cause);
}
