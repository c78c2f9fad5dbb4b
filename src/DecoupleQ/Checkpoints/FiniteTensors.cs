using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>The tensors of a model, of which none that holds NaN or infinity is delivered, in whatever type and way it is read.</summary>
/// <remarks>
/// One such number makes all that follows it worthless, and some kernels would take it for an ordinary one. Block-quantized matrices of GGUF files are looked
/// at where their scales are read.
/// </remarks>
/// <param name="source">The tensors as they are stored; disposed with this.</param>
internal sealed class FiniteTensors(ITensorSource source) : ITensorSource
{
    // Elements between two looks: short enough to stay in the cache, long enough for vectors.
    private const int PieceLength = 1 << 14;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => source.Tensors;

    public void CheckUnchanged() => source.CheckUnchanged();

    public WeightMatrix ReadMatrix(string name)
    {
        WeightMatrix matrix = source.ReadMatrix(name);
        if (matrix is DenseMatrix { Type: ElementType.F32 } singles)
        {
            Check(name, singles.Singles);
        }
        else if (matrix is DenseMatrix dense)
        {
            Check(name, dense.Type, dense.Halves);
        }
        return matrix;
    }

    public AffineMatrix ReadBlocks(string name) => source.ReadBlocks(name);

    public float[] ReadFloats(string name)
    {
        float[] values = source.ReadFloats(name);
        Check(name, values);
        return values;
    }

    public ReadOnlyMemory<uint> ReadWords(string name) => source.ReadWords(name);

    public long[] ReadIntegers(string name) => source.ReadIntegers(name);

    public void CopyBytes(string name, Stream destination, CancellationToken cancellationToken)
    {
        using var checking = new CheckingStream(this, name, destination);
        source.CopyBytes(name, checking, cancellationToken);
    }

    public void Dispose() => source.Dispose();

    private void Check(string name, ReadOnlyMemory<float> elements)
    {
        // The elements may be a view of a mapped file: it stays mapped while they are read.
        using MemoryHandle pin = elements.Pin();
        for (int first = 0; first < elements.Length; first += PieceLength)
        {
            CheckPiece(name, first, elements.Span.Slice(first, Math.Min(PieceLength, elements.Length - first)));
        }
    }

    private void Check(string name, ElementType type, ReadOnlyMemory<ushort> elements)
    {
        using MemoryHandle pin = elements.Pin();
        for (int first = 0; first < elements.Length; first += PieceLength)
        {
            CheckPiece(name, first, type, elements.Span.Slice(first, Math.Min(PieceLength, elements.Length - first)));
        }
    }

    private void CheckPiece<T>(string name, long first, ReadOnlySpan<T> piece)
        where T : System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        if (!TensorPrimitives.IsFiniteAll(piece))
        {
            int at = 0;
            while (T.IsFinite(piece[at]))
            {
                at++;
            }
            throw NotFinite(name, first + at, T.IsNaN(piece[at]));
        }
    }

    private void CheckPiece(string name, long first, ElementType type, ReadOnlySpan<ushort> piece)
    {
        if (FloatFormat.IndexOfNotFinite(type, piece) is int at and >= 0)
        {
            throw NotFinite(name, first + at, FloatFormat.IsNaN(type, piece[at]));
        }
    }

    private DecoupleQException NotFinite(string name, long element, bool isNaN)
    {
        TensorInfo info = source.Tensors[name];
        var place = new long[info.Shape.Count];
        for (int i = place.Length - 1; i >= 0; i--)
        {
            (element, place[i]) = Math.DivRem(element, info.Shape[i]);
        }
        return new($"The tensor holds {(isNaN ? "NaN" : "infinity")}, at {TensorTypes.Describe(place)}.", info.File, name,
            "finite numbers; download or convert the model again, or take the weights before they broke");
    }

    /// <summary>Passes on the bytes of a tensor after a look at them. Sources write whole elements at a time.</summary>
    private sealed class CheckingStream(FiniteTensors tensors, string name, Stream destination) : WriteOnlyStream
    {
        private readonly TensorType? _type = tensors.Tensors.TryGetValue(name, out TensorInfo? info) ? info.Type : null;

        protected override void Take(ReadOnlySpan<byte> bytes)
        {
            switch (_type)
            {
                case TensorType.F64:
                    tensors.CheckPiece(name, Length / 8, MemoryMarshal.Cast<byte, double>(bytes));
                    break;
                case TensorType.F32:
                    tensors.CheckPiece(name, Length / 4, MemoryMarshal.Cast<byte, float>(bytes));
                    break;
                case TensorType.F16 or TensorType.BF16:
                    tensors.CheckPiece(name, Length / 2, _type.Value.Element()!.Value, MemoryMarshal.Cast<byte, ushort>(bytes));
                    break;
            }
            destination.Write(bytes);
        }
    }
}
