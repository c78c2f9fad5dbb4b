using System.Text;

namespace DecoupleQ.Storage;

/// <summary>A text, read from its beginning on a piece at a time: UTF-8, checked, without byte order marks.</summary>
internal sealed class TextPieces : IDisposable
{
    private readonly string _path;
    private readonly Stream _stream;
    private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
    private readonly byte[] _bytes = new byte[1 << 16];
    private bool _isAtStart = true;

    /// <param name="path">The file.</param>
    /// <param name="kind">What it should be.</param>
    /// <exception cref="DecoupleQException">It is missing, no regular file, too large, or cannot be opened.</exception>
    public TextPieces(string path, FileKind kind)
        : this(StoredFile.OpenStream(path, kind), path)
    {
    }

    /// <param name="stream">The text; disposed with this.</param>
    /// <param name="name">What errors call it.</param>
    public TextPieces(Stream stream, string name) => (_path, _stream) = (name, stream);

    /// <summary>The most characters that <see cref="Read"/> gives.</summary>
    public static int MostCharacters => (1 << 16) + 1;

    /// <summary>All pieces of a text, read one at a time.</summary>
    /// <param name="open">Opens the text, when the first one is asked for.</param>
    /// <returns>The pieces. Each is overwritten by the next one.</returns>
    public static IEnumerable<ReadOnlyMemory<char>> All(Func<TextPieces> open)
    {
        using TextPieces pieces = open();
        var piece = new char[MostCharacters];
        for (int count; (count = pieces.Read(piece)) > 0;)
        {
            yield return piece.AsMemory(0, count);
        }
    }

    /// <summary>The next characters; none at the end.</summary>
    /// <param name="destination">At least <see cref="MostCharacters"/>.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="DecoupleQException">The file cannot be read, or is not UTF-8.</exception>
    public int Read(Span<char> destination)
    {
        try
        {
            while (true)
            {
                int bytes = _stream.Read(_bytes);
                int characters = _decoder.GetChars(_bytes.AsSpan(0, bytes), destination, flush: bytes == 0);
                int marks = _isAtStart ? destination[..characters].Length - destination[..characters].TrimStart('\uFEFF').Length : 0;
                destination[marks..characters].CopyTo(destination);
                _isAtStart &= characters == marks;
                if (bytes == 0 || characters > marks)
                {
                    return characters - marks;
                }
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new DecoupleQException("The file is not UTF-8 text.", _path, expected: "a UTF-8 text file", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be read: {error.Message}", _path, expected: "a UTF-8 text file", inner: error);
        }
    }

    public void Dispose() => _stream.Dispose();
}
