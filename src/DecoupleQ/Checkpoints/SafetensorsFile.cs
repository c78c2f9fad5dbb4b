using System.Buffers;
using System.Runtime.InteropServices;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints;

/// <summary>The tensors of one safetensors file. The header is validated as a whole before any tensor is read.</summary>
internal sealed class SafetensorsFile : ITensorSource
{
    private const int PieceLength = 1 << 20;

    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;
    private readonly MappedFile? _mapping;

    private SafetensorsFile(string path, SafeFileHandle handle, TensorAccess access)
    {
        _path = path;
        _handle = handle;
        _header = SafetensorsHeader.Read(handle, path);
        _mapping = access == TensorAccess.Mapped && FileSystems.IsLocal(path) ? new MappedFile(handle, path) : null;
    }

    /// <summary>Opens <paramref name="path"/> and validates its header.</summary>
    /// <exception cref="DecoupleQException">The file is missing or not a valid safetensors file.</exception>
    public static SafetensorsFile Open(string path, TensorAccess access)
    {
        SafeFileHandle handle = StoredFile.Open(path, FileKind.Weights);
        try
        {
            return new SafetensorsFile(path, handle, access);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _header.Tensors;

    public void CheckUnchanged() => _mapping?.ThrowIfChanged();

    public DenseMatrix ReadMatrix(string name)
    {
        TensorInfo info = Find(name);
        if (info.Type.Element() is not ElementType type || info.Shape is not [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue])
        {
            throw Unexpected(info, "a matrix of F32, F16 or BF16");
        }
        (int rows, int columns) = ((int)info.Shape[0], (int)info.Shape[1]);
        return type == ElementType.F32
            ? new DenseMatrix(rows, columns, Elements<float>(info))
            : new DenseMatrix(rows, columns, type, Elements<ushort>(info));
    }

    WeightMatrix ITensorSource.ReadMatrix(string name) => ReadMatrix(name);

    public AffineMatrix ReadBlocks(string name) => throw Unexpected(Find(name), "a block-quantized matrix, which only GGUF files have");

    public ReadOnlyMemory<uint> ReadWords(string name)
    {
        TensorInfo info = Find(name);
        return info.Type == TensorType.U32 ? Elements<uint>(info) : throw Unexpected(info, "a tensor of U32");
    }

    public float[] ReadFloats(string name) => Gather<float>(name, ReadFloats);

    public long[] ReadIntegers(string name) => Gather<long>(name, ReadIntegers);

    /// <summary>As <see cref="ReadFloats(string)"/>, piece by piece, so that the tensor may be larger than memory.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="take">Takes the place of a piece's first element in the tensor, and the piece, which is valid until it returns.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">The tensor is missing, not of a floating type, or cannot be read.</exception>
    public void ReadFloats(string name, Action<long, ReadOnlySpan<float>> take, CancellationToken cancellationToken)
    {
        TensorInfo info = Find(name);
        switch (info.Type)
        {
            case TensorType.F32:
                ReadPieces<float, float>(info, (source, destination) => source.CopyTo(destination), take, cancellationToken);
                break;
            case TensorType.F16 or TensorType.BF16:
                ElementType type = info.Type.Element()!.Value;
                ReadPieces<ushort, float>(info, (source, destination) => FloatFormat.Decode(type, source, destination), take, cancellationToken);
                break;
            case TensorType.F64:
                ReadPieces<double, float>(info, Narrow, take, cancellationToken);
                break;
            default:
                throw Unexpected(info, "a tensor of F64, F32, F16 or BF16");
        }
    }

    /// <summary>As <see cref="ReadIntegers(string)"/>, piece by piece, so that the tensor may be larger than memory.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="take">Takes the place of a piece's first element in the tensor, and the piece, which is valid until it returns.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DecoupleQException">The tensor is missing, not of an integer type, or cannot be read.</exception>
    public void ReadIntegers(string name, Action<long, ReadOnlySpan<long>> take, CancellationToken cancellationToken)
    {
        TensorInfo info = Find(name);
        switch (info.Type)
        {
            case TensorType.I64:
                ReadPieces<long, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.I32:
                ReadPieces<int, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.I16:
                ReadPieces<short, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.I8:
                ReadPieces<sbyte, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.U64:
                ReadPieces<ulong, long>(info, (source, destination) => WidenUnsigned(info, source, destination), take, cancellationToken);
                break;
            case TensorType.U32:
                ReadPieces<uint, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.U16:
                ReadPieces<ushort, long>(info, Widen, take, cancellationToken);
                break;
            case TensorType.U8:
                ReadPieces<byte, long>(info, Widen, take, cancellationToken);
                break;
            default:
                throw Unexpected(info, "a tensor of integers");
        }
    }

    public void CopyBytes(string name, Stream destination, CancellationToken cancellationToken)
    {
        TensorInfo info = Find(name);
        byte[] piece = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(info.ByteLength, 1, PieceLength));
        try
        {
            for (long done = 0; done < info.ByteLength;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(PieceLength, info.ByteLength - done);
                StoredFile.ReadExactly(_handle, _path, piece.AsSpan(0, count), info.Offset + done);
                destination.Write(piece, 0, count);
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    public void Dispose()
    {
        _mapping?.Dispose();
        _handle.Dispose();
    }

    private TensorInfo Find(string name) =>
        _header.Tensors.TryGetValue(name, out TensorInfo? info)
            ? info
            : throw new DecoupleQException("The tensor is missing.", _path, name);

    private DecoupleQException Unexpected(TensorInfo info, string expected) =>
        new($"The tensor is {info.Type.Name()} {TensorTypes.Describe(info.Shape)}.", _path, info.Name, expected);

    private ReadOnlyMemory<T> Elements<T>(TensorInfo info)
        where T : unmanaged => _mapping?.View<T>(info.Offset, Count<T>(info)) ?? ReadArray<T>(info);

    private unsafe int Count<T>(TensorInfo info)
        where T : unmanaged => Count(info, info.ByteLength / sizeof(T));

    private int Count(TensorInfo info, long count) => count <= Array.MaxLength
        ? (int)count
        : throw new DecoupleQException($"The tensor has {count} elements.", _path, info.Name, $"at most {Array.MaxLength}");

    private T[] ReadArray<T>(TensorInfo info)
        where T : unmanaged
    {
        long offset = info.Offset;
        T[] elements = GC.AllocateUninitializedArray<T>(Count<T>(info));
        // In pieces: the bytes of a large array do not fit the length of one span.
        for (int done = 0; done < elements.Length;)
        {
            int count = Math.Min(PieceLength, elements.Length - done);
            Span<byte> bytes = MemoryMarshal.AsBytes(elements.AsSpan(done, count));
            StoredFile.ReadExactly(_handle, _path, bytes, offset);
            offset += bytes.Length;
            done += count;
        }
        return elements;
    }

    private T[] Gather<T>(string name, PieceReader<T> read)
    {
        TensorInfo info = Find(name);
        T[] elements = [];
        read(
            name,
            (first, piece) =>
            {
                // Only now is it known to be of a type that can be read.
                elements = first == 0 ? GC.AllocateUninitializedArray<T>(Count(info, ElementCount(info))) : elements;
                piece.CopyTo(elements.AsSpan((int)first));
            },
            CancellationToken.None);
        return elements;
    }

    private void ReadPieces<TStored, TResult>(
        TensorInfo info, Conversion<TStored, TResult> conversion, Action<long, ReadOnlySpan<TResult>> take, CancellationToken cancellationToken)
        where TStored : unmanaged
    {
        long count = ElementCount(info);
        var stored = new TStored[Math.Min(PieceLength / 8, count)];
        var results = new TResult[stored.Length];
        long offset = info.Offset;
        for (long done = 0; done < count; done += stored.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = (int)Math.Min(stored.Length, count - done);
            Span<byte> bytes = MemoryMarshal.AsBytes(stored.AsSpan(0, length));
            StoredFile.ReadExactly(_handle, _path, bytes, offset);
            offset += bytes.Length;
            conversion(stored.AsSpan(0, length), results.AsSpan(0, length));
            take(done, results.AsSpan(0, length));
        }
    }

    private static long ElementCount(TensorInfo info) => info.Shape.Aggregate(1L, (product, size) => product * size);

    private static void Narrow(ReadOnlySpan<double> source, Span<float> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = (float)source[i];
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> source, Span<long> destination)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = long.CreateTruncating(source[i]);
        }
    }

    private void WidenUnsigned(TensorInfo info, ReadOnlySpan<ulong> source, Span<long> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = source[i] <= long.MaxValue
                ? (long)source[i]
                : throw new DecoupleQException($"The integer {source[i]} exceeds 63 bits.", _path, info.Name);
        }
    }

    private delegate void PieceReader<T>(string name, Action<long, ReadOnlySpan<T>> take, CancellationToken cancellationToken);

    private delegate void Conversion<TStored, TResult>(ReadOnlySpan<TStored> source, Span<TResult> destination);
}
