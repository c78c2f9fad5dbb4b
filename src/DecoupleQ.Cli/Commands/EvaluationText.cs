using System.Text;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads the text that a model is evaluated on.</summary>
internal static class EvaluationText
{
    private const int MostCharacters = 1 << 29;

    /// <exception cref="DecoupleQException">The file cannot be read, is not UTF-8 or is too large.</exception>
    public static string Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw Refuse("This is a folder.", "a text file");
        }
        try
        {
            using StreamReader reader = new(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            StringBuilder text = new();
            char[] piece = new char[1 << 16];
            for (int read; (read = reader.Read(piece)) > 0;)
            {
                if (text.Length + read > MostCharacters)
                {
                    throw Refuse("The text is too long.", $"at most {MostCharacters} characters");
                }
                text.Append(piece, 0, read);
            }
            return text.ToString();
        }
        catch (DecoderFallbackException error)
        {
            throw Refuse("The text is not UTF-8.", "a text in UTF-8", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refuse("There is no such file.", "a text file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refuse("The file cannot be read: " + error.Message, "a readable text file", error);
        }

        DecoupleQException Refuse(string message, string expected, Exception? cause = null) => new(message, path, "--text", expected, cause);
    }
}
