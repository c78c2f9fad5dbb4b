using DecoupleQ.Storage;

namespace DecoupleQ;

/// <summary>Text files that the user names.</summary>
public static class TextFile
{
    /// <summary>The most characters of a text that is held as a whole, UTF-16 units.</summary>
    private const int MostCharacters = 1 << 29;

    /// <summary>The whole text of <paramref name="path"/>, line ends as they are.</summary>
    /// <param name="path">A UTF-8 file; a byte order mark is left out.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, is a pipe or a device, has more than 2^29 characters, or is not UTF-8.</exception>
    public static string Read(string path) => Read(path, FileKind.Text);

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
                if (length > MostCharacters - count)
                {
                    throw new DecoupleQException("The text is too long.", path, expected: $"at most {MostCharacters} characters");
                }
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

    private static DecoupleQException Changed(string path) => new("The file changed while it was read.", path, expected: "a file that nothing writes to");
}
