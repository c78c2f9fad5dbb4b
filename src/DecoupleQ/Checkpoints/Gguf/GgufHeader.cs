using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>A tensor as a GGUF file has it.</summary>
/// <param name="Name">The name in the file, as in <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Shape">Sizes, outermost first (the file has them innermost first).</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="ByteLength">Bytes that it takes.</param>
internal sealed record GgufTensor(string Name, GgmlType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Number of values.</summary>
    public long Count { get; } = ByteLength / Type.BlockBytes * Type.BlockLength;

    /// <summary>Values of a row: the innermost size.</summary>
    public long RowLength => Shape[^1];
}

/// <summary>
/// The header of a GGUF file of version 2 or 3, validated as a whole: types, texts, and every tensor's range inside the file and apart from the others.
/// </summary>
/// <param name="Metadata">The keys and values.</param>
/// <param name="Tensors">By name.</param>
internal sealed record GgufHeader(GgufMetadata Metadata, IReadOnlyDictionary<string, GgufTensor> Tensors)
{
    private const string AlignmentKey = "general.alignment";
    private const int DefaultAlignment = 32;
    private const uint DeepestShape = 4;

    // The fewest bytes that an entry takes: lengths, types and at least one byte of content.
    private const int LeastValueBytes = 8 + 1 + 4 + 1, LeastTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

    /// <summary>Whether a file starts as GGUF files do.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> start) => start.StartsWith("GGUF"u8);

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="DecoupleQException">The file is no GGUF file, of another version, truncated or damaged.</exception>
    public static GgufHeader Read(SafeFileHandle handle, string path)
    {
        var reader = new GgufReader(handle, path);
        CheckVersion(reader, path);
        int tensorCount = CheckedCount(reader, "tensors");
        int valueCount = CheckedCount(reader, "metadata values");
        CheckFits(tensorCount, LeastTensorBytes, "tensors", reader, path);
        CheckFits(valueCount, LeastValueBytes, "metadata values", reader, path);

        var values = new Dictionary<string, GgufValue>();
        for (int i = 0; i < valueCount; i++)
        {
            string key = ReadName(reader, "a metadata key", path);
            if (!values.TryAdd(key, GgufValue.Read(reader, reader.ReadUInt32(key), path, key)))
            {
                throw new DecoupleQException("The metadata has the key twice.", path, key);
            }
        }
        var metadata = new GgufMetadata(path, values);
        int alignment = metadata.Integer(AlignmentKey, 8) ?? DefaultAlignment;
        if (!int.IsPow2(alignment))
        {
            throw metadata.Unexpected(AlignmentKey, "a power of two of at least 8");
        }

        var tensors = new Dictionary<string, GgufTensor>();
        for (int i = 0; i < tensorCount; i++)
        {
            GgufTensor tensor = ReadTensor(reader, path, alignment);
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new DecoupleQException("The file names the tensor twice.", path, tensor.Name);
            }
        }
        long dataStart = (reader.Position + alignment - 1) / alignment * alignment;
        return new GgufHeader(metadata, Place(tensors.Values, dataStart, reader.Length, path));
    }

    private static void CheckVersion(GgufReader reader, string path)
    {
        const string Expected = "a GGUF file of version 2 or 3";
        if (reader.Length < 8 || !HasMagic(BitConverter.GetBytes(reader.ReadUInt32("the magic number"))))
        {
            throw new DecoupleQException("The file does not start with the letters GGUF.", path, expected: Expected);
        }
        uint version = reader.ReadUInt32("the version");
        if (version is 2 or 3)
        {
            return;
        }
        throw (version & 0xFFFF) == 0
            ? new DecoupleQException("The file is big-endian, which is not supported.", path, expected: "a little-endian GGUF file")
            : new DecoupleQException($"The file is of version {version}.", path, expected: Expected);
    }

    private static int CheckedCount(GgufReader reader, string what) => reader.ReadCount(1, what);

    // Both counts stand before the entries, so the second can only be held against what follows it.
    private static void CheckFits(int count, int leastBytes, string what, GgufReader reader, string path)
    {
        if (count > reader.Remaining / leastBytes)
        {
            throw new DecoupleQException(
                $"The file claims {count} {what}, but {reader.Remaining} bytes are left; it is truncated or damaged.", path,
                expected: $"at most {reader.Remaining / leastBytes}");
        }
    }

    private static string ReadName(GgufReader reader, string what, string path)
    {
        string name = reader.ReadString(what);
        return TensorNames.IsValid(name)
            ? name
            : throw new DecoupleQException(
                $"{char.ToUpperInvariant(what[0])}{what[1..]} is empty, too long, or holds control characters.", path,
                expected: TensorNames.Expected);
    }

    private static GgufTensor ReadTensor(GgufReader reader, string path, int alignment)
    {
        string name = ReadName(reader, "a tensor's name", path);
        uint rank = reader.ReadUInt32(name);
        if (rank is 0 or > DeepestShape)
        {
            throw new DecoupleQException($"The tensor has {rank} sizes.", path, name, $"1 to {DeepestShape}");
        }
        var shape = new long[rank];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = reader.ReadUInt64(name);
            shape[i] = size is > 0 and <= int.MaxValue
                ? (long)size
                : throw new DecoupleQException($"A size of the tensor is {size}.", path, name, $"1 to {int.MaxValue}");
        }
        uint number = reader.ReadUInt32(name);
        GgmlType type = GgmlType.Find(number) ?? throw new DecoupleQException(
            $"The tensor type {GgmlType.Describe(number)} is not supported.", path, name, string.Join(", ", GgmlType.All.Select(t => t.Name)));
        ulong offset = reader.ReadUInt64(name);
        if (shape[^1] % type.BlockLength != 0)
        {
            throw new DecoupleQException($"The rows have {shape[^1]} values.", path, name, $"a multiple of {type.BlockLength}, the block of {type.Name}");
        }
        // The product of the sizes of any tensor that fits a file fits 63 bits by far.
        long most = reader.Length / type.BlockBytes, blocks = shape[^1] / type.BlockLength;
        foreach (long size in shape[..^1])
        {
            blocks = blocks <= most / size ? blocks * size : long.MaxValue;
        }
        if (blocks > most || offset > (ulong)reader.Length)
        {
            throw OutsideFile(name, path, reader.Length);
        }
        if (offset % (ulong)alignment != 0)
        {
            throw new DecoupleQException($"The tensor's offset is {offset}.", path, name, $"a multiple of the alignment, {alignment}");
        }
        return new GgufTensor(name, type, shape, (long)offset, blocks * type.BlockBytes);
    }

    private static Dictionary<string, GgufTensor> Place(IEnumerable<GgufTensor> tensors, long dataStart, long fileLength, string path)
    {
        var placed = new Dictionary<string, GgufTensor>();
        long end = dataStart;
        string previous = "the header";
        foreach (GgufTensor tensor in tensors.OrderBy(t => t.Offset))
        {
            GgufTensor inFile = tensor with { Offset = dataStart + tensor.Offset };
            if (inFile.Offset > fileLength - inFile.ByteLength)
            {
                throw OutsideFile(tensor.Name, path, fileLength);
            }
            if (inFile.Offset < end)
            {
                throw new DecoupleQException($"Its bytes overlap those of {previous}.", path, tensor.Name);
            }
            placed.Add(tensor.Name, inFile);
            (end, previous) = (inFile.Offset + inFile.ByteLength, tensor.Name);
        }
        return placed;
    }

    private static DecoupleQException OutsideFile(string name, string path, long fileLength) =>
        new(
            $"The tensor's bytes do not lie in the file's {fileLength} bytes; the file is truncated or damaged.", path, name,
            "the whole file: complete the download");
}
