using System.Runtime.InteropServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The tensors of a GGUF model as a checkpoint of Hugging Face has them: its names, shapes and row order.</summary>
/// <remarks>
/// Plain floats are delivered in their stored type, as views of the file where it is mapped. A block-quantized matrix is delivered in the form that the kernels
/// run (K-quants as they are stored, others as <see cref="AffineBlocks"/>), or dequantized to float32 with <see cref="TensorAccess.Read"/>, as what is to be
/// quantized; as bytes, to be written into another checkpoint, it is F16.
/// </remarks>
internal sealed class GgufTensorSource : ITensorSource
{
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

    public void CheckUnchanged()
    {
        foreach (GgufFile file in _files)
        {
            file.CheckUnchanged();
        }
    }

    public WeightMatrix ReadMatrix(string name)
    {
        GgufSourceTensor source = Find(name);
        if (source.Tensor.Shape.Count != 2)
        {
            throw Unexpected(name, "a matrix");
        }
        (int rows, int columns) = ((int)source.Tensor.Shape[0], (int)source.Tensor.Shape[1]);
        return source.Tensor.Type.Element switch
        {
            null when source.File.IsRun && StoredBlocks.TypeOf(source.Tensor.Type) is SuperBlockType blocks =>
                new SuperBlockMatrix(rows, columns, blocks, new StoredBlocks(source)),
            null when source.File.IsRun => ReadBlocks(name),
            null => new DenseMatrix(rows, columns, ReadFloats(name)),
            ElementType.F32 => new DenseMatrix(rows, columns, Elements<float>(source)),
            ElementType type => new DenseMatrix(rows, columns, type, Elements<ushort>(source)),
        };
    }

    public AffineMatrix ReadBlocks(string name) => Find(name) is { Tensor: { Shape.Count: 2, Type.Format: BlockFormat format } } source
        ? AffineBlocks.Read(source, format)
        : throw Unexpected(name, "a block-quantized matrix");

    public float[] ReadFloats(string name)
    {
        GgufSourceTensor source = Find(name);
        float[] values = source.Allocate<float>(source.Tensor.Count);
        source.ForEachPiece(CancellationToken.None, (stored, first, count) => source.Tensor.Type.ToFloats(stored, values.AsSpan(first, count)));
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
        source.ForEachPiece(cancellationToken, (stored, _, count) =>
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
            BlockFormat = type.Format is null ? null : type.Name,
            Packed = source.Tensor.Shape.Count == 2 ? type.Format?.Packed : null,
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
        T[] elements = source.Allocate<T>(source.Tensor.Count);
        source.ForEachPiece(CancellationToken.None, (stored, first, count) => MemoryMarshal.Cast<byte, T>(stored).CopyTo(elements.AsSpan(first, count)));
        source.Rows?.Restore(elements.AsSpan(), source.Columns);
        return elements;
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
}
