using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Storage;

/// <summary>
/// Opens and reads files, the only place where they are: what is no file is refused, and what the system refuses becomes an error for the user.
/// </summary>
internal static class StoredFile
{
    // What Git LFS leaves in the place of a file that was not fetched; it says no more than a hash and a size.
    private const int LongestPointer = 1024;

    private const int PieceLength = 1 << 20;

    private static ReadOnlySpan<byte> PointerStart => "version https://git-lfs.github.com/spec/"u8;

    /// <summary>Opens a file for positioned reads.</summary>
    /// <param name="path">The file; a link is followed.</param>
    /// <param name="kind">What it should be.</param>
    /// <exception cref="DecoupleQException">
    /// It is missing, no regular file, too large, cannot be opened, or only stands for the file that it should be.
    /// </exception>
    public static SafeFileHandle Open(string path, FileKind kind)
    {
        SafeFileHandle handle = OpenAny(path);
        try
        {
            if (Length(handle, path) is var length && length > kind.MostBytes)
            {
                throw new DecoupleQException($"The file has {length} bytes.", path, expected: $"at most {kind.MostBytes}");
            }
            CheckNoPointer(handle, path);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file to be read from its beginning on.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static FileStream OpenStream(string path, FileKind kind) => new(Open(path, kind), FileAccess.Read, bufferSize: 0);

    /// <summary>Reads a whole small file.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    /// <exception cref="DecoupleQException">As of <see cref="Open"/>, or it cannot be read.</exception>
    public static byte[] ReadAll(string path, FileKind kind)
    {
        using SafeFileHandle handle = Open(path, kind);
        var bytes = new byte[Length(handle, path)];
        ReadExactly(handle, path, bytes, 0);
        return bytes;
    }

    /// <summary>Copies a file, as long as it is now, to <paramref name="destination"/>, in pieces.</summary>
    /// <param name="path">The file; a link is followed.</param>
    /// <param name="kind">What it should be.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="DecoupleQException">As of <see cref="Open"/>, or it cannot be read.</exception>
    public static void CopyTo(string path, FileKind kind, Stream destination, CancellationToken cancellationToken = default)
    {
        using SafeFileHandle handle = Open(path, kind);
        long length = Length(handle, path);
        var piece = new byte[Math.Min(length, PieceLength)];
        for (long done = 0; done < length; done += piece.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, length - done));
            ReadExactly(handle, path, bytes, done);
            destination.Write(bytes);
        }
    }

    private static void CheckNoPointer(SafeFileHandle handle, string path)
    {
        Span<byte> start = stackalloc byte[PointerStart.Length];
        if (Length(handle, path) is var length && (length > LongestPointer || length < start.Length))
        {
            return;
        }
        ReadExactly(handle, path, start, 0);
        if (start.SequenceEqual(PointerStart))
        {
            throw new DecoupleQException(
                "The file is a Git LFS pointer: the repository was cloned without the file that it stands for.", path,
                expected: "the file itself: run 'git lfs pull' in the repository, or download it");
        }
    }

    private static SafeFileHandle OpenAny(string path)
    {
        RegularFile.CheckReadable(path);
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.None);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // What a folder lists with this character is not found again if it stands for bytes that are no text.
            throw Path.GetFileName(path).Contains('\uFFFD')
                ? new DecoupleQException("The file is missing, or its name is not UTF-8.", path, expected: "a file whose name is UTF-8", inner: error)
                : new DecoupleQException("The file is missing.", path, inner: error);
        }
        catch (UnauthorizedAccessException error) when (Directory.Exists(path))
        {
            throw new DecoupleQException("This is a folder.", path, expected: "a file", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DecoupleQException($"The file cannot be opened: {error.Message}", path, inner: error);
        }
    }

    /// <summary>The length of an open file in bytes.</summary>
    public static long Length(SafeFileHandle handle, string path)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (Exception error) when (error is IOException or NotSupportedException)
        {
            throw new DecoupleQException($"The file has no length: {error.Message}", path, expected: "a regular file", inner: error);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="DecoupleQException">The file ends before, or cannot be read.</exception>
    public static void ReadExactly(SafeFileHandle handle, string path, Span<byte> destination, long offset)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int count = RandomAccess.Read(handle, destination, offset);
                if (count == 0)
                {
                    throw new DecoupleQException($"The file ends at byte {offset}.", path, expected: $"{destination.Length} more bytes");
                }
                destination = destination[count..];
                offset += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be read: {error.Message}", path, inner: error);
        }
    }
}
