using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Storage;

/// <summary>Reads JSON in a part of a file token by token, of which no more than a piece is held at a time: a long header takes no room of its own.</summary>
internal ref struct JsonPieces
{
    private const int PieceLength = 1 << 16;

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly long _end;
    private Utf8JsonReader _reader;
    private byte[] _piece;
    private int _held;
    private long _next;

    /// <param name="handle">The file.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="options">How it is read.</param>
    public JsonPieces(SafeFileHandle handle, string path, long start, long length, JsonReaderOptions options)
    {
        (_handle, _path, _next, _end) = (handle, path, start, start + length);
        _piece = new byte[Math.Min(length, PieceLength)];
        Fill(kept: 0);
        _reader = new(_piece.AsSpan(0, _held), _next == _end, new JsonReaderState(options));
    }

    /// <summary>The token that was read; its value is valid until the next one is.</summary>
    [UnscopedRef]
    public ref Utf8JsonReader Token => ref _reader;

    /// <summary>Reads the next token; false at the end.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="DecoupleQException">The file cannot be read.</exception>
    public bool Read()
    {
        while (!_reader.Read())
        {
            if (_next == _end)
            {
                return false;
            }
            ReadOnlySpan<byte> rest = _piece.AsSpan((int)_reader.BytesConsumed.._held);
            // A token longer than a piece needs a larger one.
            byte[] piece = rest.Length == _piece.Length ? new byte[Math.Min(2L * _piece.Length, Array.MaxLength)] : _piece;
            rest.CopyTo(piece);
            _piece = piece;
            Fill(rest.Length);
            _reader = new(_piece.AsSpan(0, _held), _next == _end, _reader.CurrentState);
        }
        return true;
    }

    /// <summary>Reads to the end of the value whose first token was read.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public void Skip()
    {
        if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            int depth = _reader.CurrentDepth;
            while (Read() && _reader.CurrentDepth > depth)
            {
            }
        }
    }

    private void Fill(int kept)
    {
        int count = (int)Math.Min(_piece.Length - kept, _end - _next);
        StoredFile.ReadExactly(_handle, _path, _piece.AsSpan(kept, count), _next);
        _next += count;
        _held = kept + count;
    }
}
