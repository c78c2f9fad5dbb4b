using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Storage;

/// <summary>The disk that files are written to: whole ones that are there or are not, and scratch that goes when it is closed.</summary>
/// <param name="expected">What the user can do where the disk is full or may not be written to.</param>
internal class DurableWriter(string expected)
{
    /// <summary>What any file needs.</summary>
    public const string Room = "room on the disk and the right to write there";

    private const string TemporarySuffix = ".tmp";

    /// <summary>
    /// Whether what lies beside the file is somebody's: temporary files then have names that nobody else has. Else they are those of
    /// <see cref="TemporaryOf"/>, so that what a kill leaves of them can be found.
    /// </summary>
    public bool IsAmongOthers { get; init; }

    /// <summary>The file that stands for <paramref name="path"/> until it is whole.</summary>
    public static string TemporaryOf(string path) => path + TemporarySuffix;

    /// <summary>Whether <paramref name="path"/> stands for another file until that is whole.</summary>
    public static bool IsTemporary(string path) => path.EndsWith(TemporarySuffix, StringComparison.Ordinal);

    /// <summary>Lets <paramref name="write"/> fill a temporary file, puts it on the disk, and only then gives it its name.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="write">Writes the content. If it throws, nothing is left of the temporary file.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public FileDigest Write(string path, Action<Stream> write)
    {
        string temporary = TemporaryOf(IsAmongOthers ? $"{path}.{Guid.NewGuid():N}" : path);
        try
        {
            FileDigest digest = Fill(temporary, write);
            Rename(temporary, path);
            return digest;
        }
        catch (Exception error)
        {
            Remove(temporary);
            if (WriteErrors.Is(error))
            {
                // Nobody but this method knows the temporary file's name.
                string problem = error.Message.Replace(temporary, path, StringComparison.Ordinal);
                throw new DecoupleQException($"The file cannot be written: {problem}", path, expected: expected, inner: error);
            }
            throw;
        }
    }

    /// <summary>Writes <paramref name="content"/>.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public FileDigest Write(string path, ReadOnlyMemory<byte> content) => Write(path, stream => stream.Write(content.Span));

    /// <summary>Creates the temporary file. Tests have it fail.</summary>
    protected virtual Stream Create(string temporary) => new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);

    /// <summary>Gives a whole file its name. Tests have it fail.</summary>
    protected virtual void Rename(string temporary, string path) => File.Move(temporary, path, overwrite: true);

    /// <summary>
    /// Creates a file that is read and written in any order and lasts until it is closed. Its room is taken at once, where the system can do so: a full disk is
    /// known before work goes into it. Tests have it fail.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="IOException">The disk is full, or cannot be written to.</exception>
    public virtual SafeFileHandle CreateScratch(string path, long bytes) =>
        File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, bytes);

    private FileDigest Fill(string temporary, Action<Stream> write)
    {
        using Stream file = Create(temporary);
        using var digesting = new DigestingStream(file);
        write(digesting);
        file.Flush();
        (file as FileStream)?.Flush(flushToDisk: true);
        return digesting.Digest();
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to tell.
        }
    }
}
