using System.Buffers.Binary;
using System.Text.Json;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints;

/// <summary>
/// The header of a safetensors file, validated: every range lies in the file, equals its type x shape, and together they fill the data without hole or
/// overlap.
/// </summary>
/// <param name="Tensors">By name.</param>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, TensorInfo> Tensors)
{
    /// <summary>The longest header accepted, in bytes, as in the reference implementation.</summary>
    public const int MaximumLength = 100_000_000;

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
        long dataStart = 8 + (long)headerLength;
        return new SafetensorsHeader(new Parsing(path, dataStart, fileLength - dataStart).Parse(handle));
    }

    // What is the same for all tensors of a file.
    private readonly struct Parsing(string path, long dataStart, long dataLength)
    {
        private readonly SharedShapes _shapes = new();

        public Dictionary<string, TensorInfo> Parse(SafeFileHandle handle)
        {
            var tensors = new Dictionary<string, TensorInfo>();
            bool hasMetadata = false;
            try
            {
                var json = new JsonPieces(handle, path, 8, dataStart - 8, new JsonReaderOptions { MaxDepth = 8 });
                if (dataStart == 8 || !StartsWithBrace(handle))
                {
                    throw new DecoupleQException("The header does not start with '{'; the file is damaged or no safetensors file.", path);
                }
                json.Read();
                while (json.Read() && json.Token.TokenType == JsonTokenType.PropertyName)
                {
                    string name = json.Token.GetString()!;
                    json.Read();
                    if (name == "__metadata__" && !hasMetadata)
                    {
                        hasMetadata = true;
                        json.Skip();
                        continue;
                    }
                    if (!TensorNames.IsValid(name))
                    {
                        throw new DecoupleQException(
                            "A tensor's name is empty, too long, or holds control characters.", path, expected: TensorNames.Expected);
                    }
                    if (!tensors.TryAdd(name, ParseTensor(ref json, name)))
                    {
                        throw new DecoupleQException("The header names the tensor twice.", path, name);
                    }
                }
                // Only white space may follow; anything else makes the reader throw.
                json.Read();
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                throw new DecoupleQException($"The header is not valid JSON: {JsonFault.Of(error)}", path, inner: error);
            }
            CheckRanges(tensors.Values);
            return tensors;
        }

        private bool StartsWithBrace(SafeFileHandle handle)
        {
            Span<byte> first = stackalloc byte[1];
            StoredFile.ReadExactly(handle, path, first, 8);
            return first[0] == (byte)'{';
        }

        private TensorInfo ParseTensor(ref JsonPieces json, string name)
        {
            TensorType? type = null;
            Span<long> shape = stackalloc long[DeepestShape], range = stackalloc long[2];
            int rank = -1, ends = -1;
            Expect(json.Token.TokenType == JsonTokenType.StartObject, path, name, "an object with dtype, shape and data_offsets");
            while (json.Read() && json.Token.TokenType == JsonTokenType.PropertyName)
            {
                if (type is null && json.Token.ValueTextEquals("dtype"u8))
                {
                    json.Read();
                    Expect(json.Token.TokenType == JsonTokenType.String, path, name, "a dtype such as \"F16\"");
                    string text = json.Token.GetString()!;
                    type = TensorTypes.Parse(text) ?? throw new DecoupleQException(
                        $"The dtype {Shown(text)} is not known here.", path, name,
                        $"one of {string.Join(", ", Enum.GetValues<TensorType>().Select(t => t.Name()))}");
                }
                else if (rank < 0 && json.Token.ValueTextEquals("shape"u8))
                {
                    rank = ParseIntegers(ref json, shape, name, $"a shape of at most {DeepestShape} non-negative sizes");
                }
                else if (ends < 0 && json.Token.ValueTextEquals("data_offsets"u8))
                {
                    ends = ParseIntegers(ref json, range, name, "data_offsets [begin, end]");
                }
                else
                {
                    throw new DecoupleQException(
                        $"The field {Shown(json.Token.GetString()!)} is unknown or there twice.", path, name, "dtype, shape and data_offsets, once each");
                }
            }
            Expect(type is not null && rank >= 0 && ends == 2, path, name, "dtype, shape and data_offsets");
            return Checked(name, type!.Value, _shapes.Get(shape[..rank]), range[0], range[1]);
        }

        private TensorInfo Checked(string name, TensorType type, long[] shape, long begin, long end)
        {
            if (begin > end || end > dataLength)
            {
                throw new DecoupleQException(
                    $"Its bytes {begin} to {end} do not lie in the file's {dataLength} bytes of data; the file is truncated or damaged.", path, name,
                    "the whole file: complete the download");
            }
            long? bytes = TensorTypes.ByteLength(type, shape);
            return bytes == end - begin
                ? new TensorInfo(name, type, shape, path, end - begin) { Offset = dataStart + begin }
                : throw new DecoupleQException(
                    $"Its range has {end - begin} bytes.", path, name,
                    $"{bytes?.ToString() ?? "more than fit 63 bits"} for {type.Name()} {TensorTypes.Describe(shape)}");
        }

        private int ParseIntegers(ref JsonPieces json, scoped Span<long> values, string name, string expected)
        {
            json.Read();
            Expect(json.Token.TokenType == JsonTokenType.StartArray, path, name, expected);
            int count = 0;
            while (json.Read() && json.Token.TokenType != JsonTokenType.EndArray)
            {
                long value = -1;
                Expect(
                    json.Token.TokenType == JsonTokenType.Number && json.Token.TryGetInt64(out value) && value >= 0 && count < values.Length,
                    path, name, expected);
                values[count++] = value;
            }
            return count;
        }

        private void CheckRanges(IReadOnlyCollection<TensorInfo> tensors)
        {
            long position = dataStart;
            string previous = "the header";
            foreach (TensorInfo info in InFileOrder(tensors))
            {
                if (info.Offset < position)
                {
                    throw new DecoupleQException($"Its bytes overlap those of {previous}.", path, info.Name);
                }
                if (info.Offset > position)
                {
                    throw new DecoupleQException(
                        $"There is a hole of {info.Offset - position} bytes before it.", path, info.Name, "tensors that follow each other without holes");
                }
                position += info.ByteLength;
                previous = info.Name;
            }
            if (position != dataStart + dataLength)
            {
                throw new DecoupleQException($"{dataStart + dataLength - position} bytes after the last tensor belong to none; the file is damaged.", path);
            }
        }

        // An empty tensor may stand at the start of another: it must be visited first.
        private static TensorInfo[] InFileOrder(IReadOnlyCollection<TensorInfo> tensors)
        {
            TensorInfo[] ordered = [.. tensors];
            ulong[] places = Array.ConvertAll(ordered, info => ((ulong)info.Offset * 2) + (info.ByteLength > 0 ? 1UL : 0));
            // Writers have them in order, as a rule.
            for (int i = 1; i < places.Length; i++)
            {
                if (places[i] < places[i - 1])
                {
                    Array.Sort(places, ordered);
                    break;
                }
            }
            return ordered;
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
