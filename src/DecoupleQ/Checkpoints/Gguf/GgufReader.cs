using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>Reads the little-endian parts of a GGUF header in order. Nothing is allocated for a length that the rest of the file cannot hold.</summary>
/// <param name="handle">The file.</param>
/// <param name="path">Its path, for errors.</param>
internal sealed class GgufReader(SafeFileHandle handle, string path)
{
    private const int BufferLength = 1 << 16;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[BufferLength];
    private int _next, _end;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; } = StoredFile.Length(handle, path);

    /// <summary>The byte that is read next.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public long Remaining => Length - Position;

    public uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Next(4, what));

    public ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Next(8, what));

    /// <summary>A count of items that take at least <paramref name="leastBytes"/> each: no more than the rest of the file can hold.</summary>
    /// <exception cref="DecoupleQException">It is more, or more than an array has room for.</exception>
    public int ReadCount(int leastBytes, string what)
    {
        ulong count = ReadUInt64(what);
        long most = Math.Min(Remaining / leastBytes, Array.MaxLength);
        return count <= (ulong)most
            ? (int)count
            : throw new DecoupleQException(
                $"The file claims {count} of {what}, but {Remaining} bytes are left; it is truncated or damaged.", path, expected: $"at most {most}");
    }

    /// <summary>A length in bytes, then UTF-8.</summary>
    /// <param name="what">What it is, for errors.</param>
    /// <param name="key">The key that it belongs to, for errors; null for none.</param>
    /// <exception cref="DecoupleQException">The file ends before, or the bytes are not UTF-8.</exception>
    public string ReadString(string what, string? key = null)
    {
        int length = ReadCount(1, $"bytes of {what}");
        byte[]? rented = length > BufferLength ? ArrayPool<byte>.Shared.Rent(length) : null;
        try
        {
            ReadOnlySpan<byte> bytes;
            if (rented is null)
            {
                bytes = Next(length, what);
            }
            else
            {
                ReadBytes(rented.AsSpan(0, length), what);
                bytes = rented.AsSpan(0, length);
            }
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new DecoupleQException($"The text of {what} at byte {Position - length} is not valid UTF-8.", path, key, "a text in UTF-8", error);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>One number of a fixed size.</summary>
    public T Read<T>(string what)
        where T : unmanaged
    {
        Span<T> one = stackalloc T[1];
        ReadBytes(MemoryMarshal.AsBytes(one), what);
        return one[0];
    }

    /// <summary>A count, then that many numbers of a fixed size.</summary>
    public T[] ReadArray<T>(string what)
        where T : unmanaged
    {
        var elements = new T[ReadCount(Unsafe.SizeOf<T>(), what)];
        for (int done = 0; done < elements.Length;)
        {
            int count = Math.Min(BufferLength, elements.Length - done);
            ReadBytes(MemoryMarshal.AsBytes(elements.AsSpan(done, count)), what);
            done += count;
        }
        return elements;
    }

    private void ReadBytes(Span<byte> destination, string what)
    {
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, BufferLength);
            Next(count, what).CopyTo(destination);
            destination = destination[count..];
        }
    }

    // The span is valid until the next call.
    private ReadOnlySpan<byte> Next(int count, string what)
    {
        if (count > Remaining)
        {
            throw new DecoupleQException($"The file ends at byte {Length}, within {what}; it is truncated.", path, expected: $"{count - Remaining} more bytes");
        }
        if (_end - _next < count)
        {
            int kept = _end - _next;
            _buffer.AsSpan(_next, kept).CopyTo(_buffer);
            int fill = (int)Math.Min(BufferLength - kept, Remaining - kept);
            StoredFile.ReadExactly(handle, path, _buffer.AsSpan(kept, fill), Position + kept);
            (_next, _end) = (0, kept + fill);
        }
        _next += count;
        Position += count;
        return _buffer.AsSpan(_next - count, count);
    }
}
