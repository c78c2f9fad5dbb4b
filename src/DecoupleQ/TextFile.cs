using System.Text;

namespace DecoupleQ;

/// <summary>Text files that the user names.</summary>
public static class TextFile
{
    /// <summary>The whole text of <paramref name="path"/>, line ends as they are.</summary>
    /// <param name="path">A UTF-8 file; a byte order mark is left out.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, or is not UTF-8.</exception>
    public static string Read(string path)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error)
        {
            throw new DecoupleQException($"The file is not UTF-8 text: {error.Message}", path, expected: "a UTF-8 text file", inner: error);
        }
        catch (UnauthorizedAccessException error) when (Directory.Exists(path))
        {
            throw new DecoupleQException("This is a folder.", path, expected: "a UTF-8 text file", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DecoupleQException($"The file cannot be read: {error.Message}", path, expected: "a UTF-8 text file", inner: error);
        }
    }
}
