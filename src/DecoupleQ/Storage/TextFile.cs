using System.Text;
using DecoupleQ.Storage;

namespace DecoupleQ;

/// <summary>Texts that the user names, or passes on.</summary>
public static class TextFile
{
    /// <summary>The most characters of a text that is held as a whole, UTF-16 units.</summary>
    private const int MostCharacters = 1 << 29;

    /// <summary>The whole text of <paramref name="path"/>, line ends as they are.</summary>
    /// <param name="path">A UTF-8 file; a byte order mark is left out.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, is a pipe or a device, has more than 2^29 characters, or is not UTF-8.</exception>
    public static string Read(string path) => Read(path, FileKind.Text);

    /// <summary>The text of <paramref name="path"/> a piece at a time, line ends as they are; no more of it is held.</summary>
    /// <param name="path">A UTF-8 file; a byte order mark is left out.</param>
    /// <returns>The pieces, which may end between the halves of a surrogate pair. Each is overwritten by the next one.</returns>
    /// <exception cref="DecoupleQException">While they are read: the file cannot be read, is a pipe or a device, or is not UTF-8.</exception>
    public static IEnumerable<ReadOnlyMemory<char>> ReadPieces(string path) => TextPieces.All(() => new(path, FileKind.Text));

    /// <summary>The whole text of a stream that is no file, such as standard input; line ends as they are.</summary>
    /// <param name="text">UTF-8; a byte order mark is left out. It is disposed.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DecoupleQException">It cannot be read, has more than 2^29 characters, or is not UTF-8.</exception>
    public static string Read(Stream text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = new StringBuilder();
        using var pieces = new TextPieces(new BoundedStream(text, name, FileKind.Text), name);
        var piece = new char[TextPieces.MostCharacters];
        for (int count; (count = pieces.Read(piece)) > 0;)
        {
            CheckLength(whole.Length, count, name);
            whole.Append(piece, 0, count);
        }
        return whole.ToString();
    }

    /// <summary>Copies a text that is no file, such as standard input, piece by piece.</summary>
    /// <param name="text">UTF-8; a byte order mark is left out. It is disposed.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="destination">Where to.</param>
    /// <exception cref="DecoupleQException">It cannot be read, is larger than a text file may be, 2^31 - 1 bytes, or is not UTF-8.</exception>
    public static void Copy(Stream text, string name, TextWriter destination)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(destination);
        using var pieces = new TextPieces(new BoundedStream(text, name, FileKind.Text), name);
        var piece = new char[TextPieces.MostCharacters];
        for (int count; (count = pieces.Read(piece)) > 0;)
        {
            destination.Write(piece, 0, count);
        }
    }

    /// <summary>Opens a text file, whatever it holds, to be read from its beginning on.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DecoupleQException">It is missing, a pipe or a device, larger than 2^31 - 1 bytes, or cannot be opened.</exception>
    public static Stream Open(string path) => StoredFile.OpenStream(path, FileKind.Text);

    /// <summary>As <see cref="Read(string)"/>, of a file of another kind.</summary>
    internal static string Read(string path, FileKind kind)
    {
        var piece = new char[TextPieces.MostCharacters];
        // Twice: the second time into the room that the text takes, and no more.
        int length = 0;
        using (var pieces = new TextPieces(path, kind))
        {
            for (int count; (count = pieces.Read(piece)) > 0; length += count)
            {
                CheckLength(length, count, path);
            }
        }
        return string.Create(length, (path, kind, piece), static (text, state) =>
        {
            (string path, FileKind kind, char[] piece) = state;
            using var pieces = new TextPieces(path, kind);
            for (int count; (count = pieces.Read(piece)) > 0; text = text[count..])
            {
                if (count > text.Length)
                {
                    throw Changed(path);
                }
                piece.AsSpan(0, count).CopyTo(text);
            }
            if (text.Length > 0)
            {
                throw Changed(path);
            }
        });
    }

    private static void CheckLength(int length, int more, string name)
    {
        if (length > MostCharacters - more)
        {
            throw new DecoupleQException("The text is too long.", name, expected: $"at most {MostCharacters} characters");
        }
    }

    private static DecoupleQException Changed(string path) => new("The file changed while it was read.", path, expected: "a file that nothing writes to");
}
