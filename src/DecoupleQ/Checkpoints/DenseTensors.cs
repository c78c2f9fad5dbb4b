using System.Runtime.InteropServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>The tensors of any checkpoint as those of a dense one in one element type, to be written.</summary>
internal static class DenseTensors
{
    private const int PieceLength = 1 << 18;

    /// <summary>
    /// Every tensor in the natural order of names: packed weights dequantized (<c>scales</c> and <c>biases</c> have gone into them), floats encoded as
    /// <paramref name="type"/>, integers as they are. They are read when they are written, one at a time.
    /// </summary>
    /// <param name="checkpoint">The checkpoint; open when the tensors are written.</param>
    /// <param name="type">The element type.</param>
    /// <exception cref="DecoupleQException">A packed module lacks its format.</exception>
    public static IReadOnlyList<TensorPayload> Of(Checkpoint checkpoint, ElementType type) =>
    [
        .. checkpoint.Tensors.Values
            .Where(tensor => !IsPartOfPacked(checkpoint, tensor.Name))
            .OrderBy(tensor => tensor.Name, NaturalOrder.Instance)
            .Select(tensor => Payload(checkpoint, tensor, type)),
    ];

    private static bool IsPartOfPacked(Checkpoint checkpoint, string tensor) =>
        (tensor.EndsWith(".scales", StringComparison.Ordinal) || tensor.EndsWith(".biases", StringComparison.Ordinal))
        && AffineTensors.IsPacked(checkpoint.Source, ModuleOf(tensor));

    private static TensorPayload Payload(Checkpoint checkpoint, TensorInfo tensor, ElementType type)
    {
        string module = ModuleOf(tensor.Name);
        bool isWeight = tensor.Name.EndsWith(".weight", StringComparison.Ordinal);
        if (isWeight && AffineTensors.IsPacked(checkpoint.Source, module))
        {
            return Matrix(checkpoint, tensor, type, DenseShape(checkpoint, tensor, module));
        }
        if (tensor.Type.Element() is null && tensor.Type != TensorType.F64)
        {
            return TensorPayload.Copy(checkpoint.Source, tensor.Name);
        }
        // The bytes of a block-quantized tensor are F16 whatever is asked for: only values that need no other rounding are copied.
        if (tensor.Type == TensorTypes.Of(type))
        {
            return TensorPayload.Copy(checkpoint.Source, tensor.Name);
        }
        return isWeight && tensor.Shape.Count == 2
            ? Matrix(checkpoint, tensor, type, tensor.Shape)
            : new TensorPayload(tensor.Name, TensorTypes.Of(type), tensor.Shape, (stream, cancellationToken) =>
                Encode(checkpoint.Source.ReadFloats(tensor.Name), type, tensor, stream, cancellationToken));
    }

    // From the codes' shape where that can be, so that nothing is read before its turn; what is wrong with it shows when it is read.
    private static long[] DenseShape(Checkpoint checkpoint, TensorInfo codes, string module)
    {
        if (checkpoint.Quantization?.FormatOf(module) is AffineFormat format && codes.Shape is [long rows, long words])
        {
            return [rows, words / format.Bits * 32];
        }
        WeightMatrix packed = checkpoint.ReadWeight(module);
        return [packed.Rows, packed.Columns];
    }

    private static TensorPayload Matrix(Checkpoint checkpoint, TensorInfo tensor, ElementType type, IReadOnlyList<long> shape) =>
        new(tensor.Name, TensorTypes.Of(type), shape, (stream, cancellationToken) =>
        {
            WeightMatrix matrix = checkpoint.ReadWeight(ModuleOf(tensor.Name));
            int step = Math.Clamp(PieceLength / matrix.Columns, 1, matrix.Rows);
            var rows = new float[step * matrix.Columns];
            for (int first = 0; first < matrix.Rows; first += step)
            {
                int count = Math.Min(step, matrix.Rows - first);
                matrix.DequantizeRows(first, count, rows);
                Encode(rows.AsSpan(0, count * matrix.Columns), type, tensor, stream, cancellationToken);
            }
        });

    private static void Encode(ReadOnlySpan<float> values, ElementType type, TensorInfo tensor, Stream stream, CancellationToken cancellationToken)
    {
        var encoded = new ushort[type == ElementType.F32 ? 0 : Math.Min(values.Length, PieceLength)];
        while (!values.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<float> piece = values[..Math.Min(values.Length, PieceLength)];
            values = values[piece.Length..];
            if (type == ElementType.F32)
            {
                stream.Write(MemoryMarshal.AsBytes(piece));
                continue;
            }
            Span<ushort> bits = encoded.AsSpan(0, piece.Length);
            FloatFormat.Encode(type, piece, bits);
            EncodingRange.Check(type, piece, bits, tensor.File, tensor.Name);
            stream.Write(MemoryMarshal.AsBytes(bits));
        }
    }

    private static string ModuleOf(string tensor) => tensor.LastIndexOf('.') is int dot and >= 0 ? tensor[..dot] : "";
}
