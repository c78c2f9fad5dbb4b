using System.Buffers;
using System.Runtime.InteropServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>A tensor to be written: what it is, and something that writes its bytes when their turn comes.</summary>
internal sealed class TensorPayload
{
    private const int PieceLength = 1 << 16;

    /// <summary>A tensor whose bytes <paramref name="write"/> streams.</summary>
    /// <param name="name">Full name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="write">Writes exactly <see cref="ByteLength"/> bytes, little-endian, row-major.</param>
    public TensorPayload(string name, TensorType type, IReadOnlyList<long> shape, Action<Stream, CancellationToken> write)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = TensorTypes.ByteLength(type, shape)
            ?? throw new ArgumentException($"{TensorTypes.Describe(shape)} is no shape of a tensor.", nameof(shape));
        Write = write;
    }

    public string Name { get; }

    public TensorType Type { get; }

    public IReadOnlyList<long> Shape { get; }

    public long ByteLength { get; }

    public Action<Stream, CancellationToken> Write { get; }

    /// <summary>What a tensor will be; it cannot be written.</summary>
    public static TensorPayload Outline(string name, TensorType type, IReadOnlyList<long> shape) =>
        new(name, type, shape, (_, _) => throw new InvalidOperationException($"{name} is only an outline."));

    /// <summary>A tensor of U32 words.</summary>
    public static TensorPayload Words(string name, IReadOnlyList<long> shape, ReadOnlyMemory<uint> words) =>
        new(name, TensorType.U32, shape, (stream, cancellationToken) => WriteInPieces(words, stream, cancellationToken));

    /// <summary>A tensor of floats, stored as <paramref name="type"/> (rounded to nearest even).</summary>
    public static TensorPayload Floats(string name, ElementType type, IReadOnlyList<long> shape, ReadOnlyMemory<float> values) =>
        new(name, TensorTypes.Of(type), shape, (stream, cancellationToken) => WriteFloats(type, values, stream, cancellationToken));

    /// <summary>A dense matrix in its stored type.</summary>
    public static TensorPayload Matrix(string name, DenseMatrix matrix) =>
        new(name, TensorTypes.Of(matrix.Type), [matrix.Rows, matrix.Columns], (stream, cancellationToken) =>
        {
            if (matrix.Type == ElementType.F32)
            {
                WriteInPieces(matrix.Singles, stream, cancellationToken);
            }
            else
            {
                WriteInPieces(matrix.Halves, stream, cancellationToken);
            }
        });

    /// <summary>A tensor as it is stored in <paramref name="source"/>, which must be open when it is written.</summary>
    public static TensorPayload Copy(ITensorSource source, string name)
    {
        TensorInfo info = source.Tensors[name];
        return new(name, info.Type, info.Shape, (stream, cancellationToken) => source.CopyBytes(name, stream, cancellationToken));
    }

    private static void WriteInPieces<T>(ReadOnlyMemory<T> elements, Stream stream, CancellationToken cancellationToken)
        where T : unmanaged
    {
        using MemoryHandle pin = elements.Pin();
        for (int done = 0; done < elements.Length; done += PieceLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Write(MemoryMarshal.AsBytes(elements.Span.Slice(done, Math.Min(PieceLength, elements.Length - done))));
        }
    }

    private static void WriteFloats(ElementType type, ReadOnlyMemory<float> values, Stream stream, CancellationToken cancellationToken)
    {
        if (type == ElementType.F32)
        {
            WriteInPieces(values, stream, cancellationToken);
            return;
        }
        var piece = new ushort[Math.Min(PieceLength, values.Length)];
        for (int done = 0; done < values.Length; done += PieceLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<ushort> encoded = piece.AsSpan(0, Math.Min(PieceLength, values.Length - done));
            FloatFormat.Encode(type, values.Span.Slice(done, encoded.Length), encoded);
            stream.Write(MemoryMarshal.AsBytes(encoded));
        }
    }
}
