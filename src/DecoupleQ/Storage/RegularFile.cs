namespace DecoupleQ.Storage;

/// <summary>Files as opposed to devices, pipes and sockets, which stand among them in folders.</summary>
internal static class RegularFile
{
    /// <summary>Refuses a path that a new file is to take, if something else than a file has it.</summary>
    /// <param name="path">The path, links followed.</param>
    /// <exception cref="DecoupleQException">It is a device, a pipe or a socket, or cannot be written.</exception>
    public static void CheckReplaceable(string path)
    {
        // Only what has no bytes can be something else; and only a file can be given some.
        if (!File.Exists(path) || new FileInfo(path).Length > 0)
        {
            return;
        }
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            if (stream.CanSeek)
            {
                stream.SetLength(1);
                if (new FileInfo(path).Length == 1)
                {
                    stream.SetLength(0);
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DecoupleQException($"The file cannot be written: {error.Message}", path, expected: "a file that may be replaced", inner: error);
        }
        throw new DecoupleQException("This is a device or a pipe.", path, expected: "a file to write");
    }
}
