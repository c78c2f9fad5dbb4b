using System.Buffers.Binary;
using System.Text.Json;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints;

/// <summary>
/// The header of a safetensors file, validated: every range lies in the file, equals its type x shape, and together they fill the data without hole or
/// overlap.
/// </summary>
/// <param name="Tensors">By name: what it is, and the position of its first byte in the file.</param>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, (TensorInfo Info, long Offset)> Tensors)
{
    /// <summary>The longest header accepted, in bytes, as in the reference implementation.</summary>
    public const int MaximumLength = 100_000_000;

    private const int LongestName = 1024;
    private const int DeepestShape = 16;

    /// <summary>Reads and checks the header: 8 bytes of little-endian length, then JSON.</summary>
    /// <exception cref="DecoupleQException">The header or a tensor in it is not valid.</exception>
    public static SafetensorsHeader Read(SafeFileHandle handle, string path)
    {
        long fileLength = StoredFile.Length(handle, path);
        if (fileLength < 8)
        {
            throw new DecoupleQException(
                $"The file has {fileLength} bytes and is no safetensors file.", path, expected: "8 bytes of header length, a header and data");
        }
        Span<byte> prefix = stackalloc byte[8];
        StoredFile.ReadExactly(handle, path, prefix, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaximumLength)
        {
            throw new DecoupleQException(
                $"The header claims {headerLength} bytes; the file is damaged or no safetensors file.", path, expected: $"at most {MaximumLength}");
        }
        if ((long)headerLength > fileLength - 8)
        {
            throw new DecoupleQException(
                $"The header of {headerLength} bytes runs past the end of the file ({fileLength} bytes); the file is truncated.", path,
                expected: "the whole file: complete the download");
        }
        var json = new byte[(int)headerLength];
        StoredFile.ReadExactly(handle, path, json, 8);
        long dataStart = 8 + json.Length;
        return Parse(json, path, dataStart, fileLength - dataStart);
    }

    private static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string path, long dataStart, long dataLength)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new DecoupleQException("The header does not start with '{'; the file is damaged or no safetensors file.", path);
        }
        var tensors = new Dictionary<string, (TensorInfo Info, long Offset)>();
        bool hasMetadata = false;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == "__metadata__" && !hasMetadata)
                {
                    hasMetadata = true;
                    reader.Skip();
                    continue;
                }
                CheckName(name, path);
                (TensorInfo info, long begin) = ParseTensor(ref reader, name, path, dataLength);
                if (!tensors.TryAdd(name, (info, dataStart + begin)))
                {
                    throw new DecoupleQException("The header names the tensor twice.", path, name);
                }
            }
            // Only white space may follow; anything else makes the reader throw.
            reader.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DecoupleQException($"The header is not valid JSON: {error.Message}", path, inner: error);
        }
        CheckRanges(tensors, path, dataStart, dataLength);
        return new SafetensorsHeader(tensors);
    }

    private static void CheckName(string name, string path)
    {
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
        {
            throw new DecoupleQException(
                "A tensor's name is empty, too long, or holds control characters.", path, expected: $"1 to {LongestName} printable characters");
        }
    }

    private static (TensorInfo Info, long Begin) ParseTensor(ref Utf8JsonReader reader, string name, string path, long dataLength)
    {
        TensorType? type = null;
        List<long>? shape = null, range = null;
        Expect(reader.TokenType == JsonTokenType.StartObject, path, name, "an object with dtype, shape and data_offsets");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null:
                    Expect(reader.TokenType == JsonTokenType.String, path, name, "a dtype such as \"F16\"");
                    type = TensorTypes.Parse(reader.GetString()!) ?? throw new DecoupleQException(
                        $"The dtype {Shown(reader.GetString()!)} is not known here.", path, name,
                        $"one of {string.Join(", ", Enum.GetValues<TensorType>().Select(t => t.Name()))}");
                    break;
                case "shape" when shape is null:
                    shape = ParseIntegers(ref reader, DeepestShape, path, name, $"a shape of at most {DeepestShape} non-negative sizes");
                    break;
                case "data_offsets" when range is null:
                    range = ParseIntegers(ref reader, 2, path, name, "data_offsets [begin, end]");
                    break;
                default:
                    throw new DecoupleQException(
                        $"The field {Shown(field)} is unknown or there twice.", path, name, "dtype, shape and data_offsets, once each");
            }
        }
        Expect(type is not null && shape is not null && range is { Count: 2 }, path, name, "dtype, shape and data_offsets");
        long begin = range![0], end = range[1];
        if (begin > end || end > dataLength)
        {
            throw new DecoupleQException(
                $"Its bytes {begin} to {end} do not lie in the file's {dataLength} bytes of data; the file is truncated or damaged.", path, name,
                "the whole file: complete the download");
        }
        long? bytes = TensorTypes.ByteLength(type!.Value, shape!);
        if (bytes != end - begin)
        {
            throw new DecoupleQException(
                $"Its range has {end - begin} bytes.", path, name,
                $"{bytes?.ToString() ?? "more than fit 63 bits"} for {type.Value.Name()} {TensorTypes.Describe(shape!)}");
        }
        return (new TensorInfo(name, type.Value, shape!, path, end - begin), begin);
    }

    private static List<long> ParseIntegers(ref Utf8JsonReader reader, int most, string path, string name, string expected)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, path, name, expected);
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long value = -1;
            Expect(reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value >= 0 && values.Count < most, path, name, expected);
            values.Add(value);
        }
        return values;
    }

    private static void CheckRanges(Dictionary<string, (TensorInfo Info, long Offset)> tensors, string path, long dataStart, long dataLength)
    {
        long position = dataStart;
        string previous = "the header";
        // An empty tensor may stand at the start of another: it must be visited first.
        foreach ((TensorInfo info, long offset) in tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.Info.ByteLength))
        {
            if (offset < position)
            {
                throw new DecoupleQException($"Its bytes overlap those of {previous}.", path, info.Name);
            }
            if (offset > position)
            {
                throw new DecoupleQException(
                    $"There is a hole of {offset - position} bytes before it.", path, info.Name, "tensors that follow each other without holes");
            }
            position += info.ByteLength;
            previous = info.Name;
        }
        if (position != dataStart + dataLength)
        {
            throw new DecoupleQException($"{dataStart + dataLength - position} bytes after the last tensor belong to none; the file is damaged.", path);
        }
    }

    private static void Expect(bool condition, string path, string name, string expected)
    {
        if (!condition)
        {
            throw new DecoupleQException("The header's entry is malformed.", path, name, expected);
        }
    }

    private static string Shown(string text) => $"'{string.Concat(text.Where(c => !char.IsControl(c)).Take(40))}'";
}
