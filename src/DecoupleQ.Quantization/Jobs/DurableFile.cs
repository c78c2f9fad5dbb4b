using DecoupleQ.Checkpoints;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Files that are there whole or not at all.</summary>
internal static class DurableFile
{
    private const string Suffix = ".tmp";

    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file beside <paramref name="path"/>, which must be on the disk when it returns, and gives it its name.
    /// </summary>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(string path, Action<string> write)
    {
        string temporary = path + Suffix;
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (WriteErrors.Is(error) || (error is DecoupleQException known && known.File == temporary))
        {
            Exception cause = error is DecoupleQException ? error.InnerException ?? error : error;
            throw new DecoupleQException(
                $"The file cannot be written: {cause.Message}",
                path,
                expected: "room on the disk and the right to write there; 'quantize' then continues with --resume",
                inner: cause);
        }
    }

    /// <summary>Writes <paramref name="content"/> to <paramref name="path"/>, to the disk.</summary>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        stream.Write(content.Span);
        stream.Flush(flushToDisk: true);
    });
}
