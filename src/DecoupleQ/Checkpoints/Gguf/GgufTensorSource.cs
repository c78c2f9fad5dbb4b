using System.Runtime.InteropServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>A tensor of a GGUF model under the name that Hugging Face gives it.</summary>
/// <param name="Name">The name of Hugging Face.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Tensor">What it is there.</param>
/// <param name="Rows">The order of its rows, if it is not that of Hugging Face.</param>
internal sealed record GgufSourceTensor(string Name, GgufFile File, GgufTensor Tensor, InterleavedRows? Rows)
{
    /// <summary>Values that must be read together to be put in order: a block, or a whole head.</summary>
    public long Unit => (Rows, Tensor.Shape.Count) switch
    {
        (null, _) => Tensor.Type.BlockLength,
        (_, 1) => Tensor.Count,
        (InterleavedRows rows, _) => rows.HeadSize * Tensor.RowLength,
    };

    /// <summary>Elements of a row; 1 for a vector, whose elements are the rows.</summary>
    public int Columns => Tensor.Shape.Count == 1 ? 1 : (int)Tensor.RowLength;
}

/// <summary>The tensors of a GGUF model as a checkpoint of Hugging Face has them: its names, shapes and row order.</summary>
/// <remarks>
/// Plain floats are delivered in their stored type, as views of the file where it is mapped. Block-quantized tensors are dequantized to float32
/// each time they are asked for; as bytes, to be written into another checkpoint, they are F16.
/// </remarks>
internal sealed class GgufTensorSource : ITensorSource
{
    private const int PieceLength = 1 << 18;

    private readonly IReadOnlyList<GgufFile> _files;
    private readonly Dictionary<string, GgufSourceTensor> _tensors;

    /// <param name="files">The model's files; disposed with the source.</param>
    /// <param name="tensors">The tensors, each of one of the files.</param>
    public GgufTensorSource(IReadOnlyList<GgufFile> files, IEnumerable<GgufSourceTensor> tensors)
    {
        _files = files;
        _tensors = tensors.ToDictionary(tensor => tensor.Name);
        Tensors = _tensors.ToDictionary(entry => entry.Key, entry => Describe(entry.Value));
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public DenseMatrix ReadMatrix(string name)
    {
        GgufSourceTensor source = Find(name);
        if (source.Tensor.Shape.Count != 2)
        {
            throw Unexpected(name, "a matrix");
        }
        (int rows, int columns) = ((int)source.Tensor.Shape[0], (int)source.Tensor.Shape[1]);
        return source.Tensor.Type.Element switch
        {
            null => new DenseMatrix(rows, columns, ReadFloats(name)),
            ElementType.F32 => new DenseMatrix(rows, columns, Elements<float>(source)),
            ElementType type => new DenseMatrix(rows, columns, type, Elements<ushort>(source)),
        };
    }

    public float[] ReadFloats(string name)
    {
        GgufSourceTensor source = Find(name);
        float[] values = Allocate<float>(source);
        ForEachPiece(source, CancellationToken.None, (stored, first, count) => source.Tensor.Type.ToFloats(stored, values.AsSpan(first, count)));
        source.Rows?.Restore(values.AsSpan(), source.Columns);
        return values;
    }

    public ReadOnlyMemory<uint> ReadWords(string name) => throw Unexpected(name, "a tensor of U32, which GGUF models do not have");

    public long[] ReadIntegers(string name) => throw Unexpected(name, "a tensor of integers, which GGUF models do not have");

    public void CopyBytes(string name, Stream destination, CancellationToken cancellationToken)
    {
        GgufSourceTensor source = Find(name);
        float[]? values = null;
        ushort[]? encoded = null;
        ForEachPiece(source, cancellationToken, (stored, _, count) =>
        {
            if (source.Tensor.Type.Element is ElementType type)
            {
                Restore(type, stored, source);
                destination.Write(stored);
                return;
            }
            values ??= new float[count];
            Span<float> piece = values.AsSpan(0, count);
            source.Tensor.Type.ToFloats(stored, piece);
            source.Rows?.Restore(piece, source.Columns);
            encoded ??= new ushort[count];
            Span<ushort> halves = encoded.AsSpan(0, count);
            FloatFormat.Encode(ElementType.F16, piece, halves);
            EncodingRange.Check(ElementType.F16, piece, halves, source.File.Path, source.Name);
            destination.Write(MemoryMarshal.AsBytes(halves));
        });
    }

    public void Dispose()
    {
        foreach (GgufFile file in _files)
        {
            file.Dispose();
        }
    }

    private static TensorInfo Describe(GgufSourceTensor source)
    {
        GgmlType type = source.Tensor.Type;
        return new TensorInfo(source.Name, TensorTypes.Of(type.Element ?? ElementType.F16), source.Tensor.Shape, source.File.Path, source.Tensor.ByteLength)
        {
            BlockFormat = type.Element is null ? type.Name : null,
        };
    }

    private GgufSourceTensor Find(string name) =>
        _tensors.TryGetValue(name, out GgufSourceTensor? source) ? source : throw new DecoupleQException("The tensor is missing.", _files[0].Path, name);

    private DecoupleQException Unexpected(string name, string expected)
    {
        GgufSourceTensor source = Find(name);
        return new($"The tensor is {source.Tensor.Type.Name} {TensorTypes.Describe(source.Tensor.Shape)}.", source.File.Path, name, expected);
    }

    private static ReadOnlyMemory<T> Elements<T>(GgufSourceTensor source)
        where T : unmanaged
    {
        if (source.Rows is null && source.File.View<T>(source.Tensor) is ReadOnlyMemory<T> view)
        {
            return view;
        }
        T[] elements = Allocate<T>(source);
        ForEachPiece(source, CancellationToken.None, (stored, first, count) => MemoryMarshal.Cast<byte, T>(stored).CopyTo(elements.AsSpan(first, count)));
        source.Rows?.Restore(elements.AsSpan(), source.Columns);
        return elements;
    }

    private static T[] Allocate<T>(GgufSourceTensor source) => source.Tensor.Count <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)source.Tensor.Count)
        : throw new DecoupleQException($"The tensor has {source.Tensor.Count} elements.", source.File.Path, source.Name, $"at most {Array.MaxLength}");

    // Calls `body` with the stored bytes of whole units, one piece after the other, the number of their first value, and how many values they hold.
    private static void ForEachPiece(GgufSourceTensor source, CancellationToken cancellationToken, PieceBody body)
    {
        (GgufTensor tensor, long unit) = (source.Tensor, source.Unit);
        long step = Math.Min(tensor.Count, Math.Max(PieceLength / unit, 1) * unit);
        var stored = new byte[Bytes(step)];
        for (long first = 0; first < tensor.Count; first += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(step, tensor.Count - first);
            Span<byte> piece = stored.AsSpan(0, (int)Bytes(count));
            source.File.ReadBytes(tensor, Bytes(first), piece);
            body(piece, (int)first, count);
        }

        long Bytes(long values) => values / tensor.Type.BlockLength * tensor.Type.BlockBytes;
    }

    private static void Restore(ElementType type, Span<byte> stored, GgufSourceTensor source)
    {
        if (type == ElementType.F32)
        {
            source.Rows?.Restore(MemoryMarshal.Cast<byte, float>(stored), source.Columns);
        }
        else
        {
            source.Rows?.Restore(MemoryMarshal.Cast<byte, ushort>(stored), source.Columns);
        }
    }

    private delegate void PieceBody(Span<byte> stored, int first, int count);
}
