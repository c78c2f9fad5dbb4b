using System.Buffers.Binary;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The rows of a tensor of K-quants in the order of Hugging Face, read from the file: pages that are only mapped would count as resident.</summary>
/// <param name="source">The tensor; a matrix.</param>
internal sealed class StoredBlocks(GgufSourceTensor source) : IBlockRows
{
    private readonly int _rowBytes = (int)(source.Tensor.RowLength / source.Tensor.Type.BlockLength * source.Tensor.Type.BlockBytes);
    private readonly (int Scale, int? Minimum) _halves = Halves(source.Tensor.Type);

    public int BlockBytes => source.Tensor.Type.BlockBytes;

    /// <summary>The K-quant of a type of ggml; null if it is none.</summary>
    public static SuperBlockType? TypeOf(GgmlType type) => Enum.TryParse(type.Name, out SuperBlockType found) ? found : null;

    public void Read(int first, int count, Span<byte> blocks)
    {
        Span<byte> rows = blocks[..(count * _rowBytes)];
        if (source.Rows is not InterleavedRows interleaved)
        {
            ReadStored(first, rows);
        }
        else if (first % interleaved.HeadSize == 0 && count % interleaved.HeadSize == 0)
        {
            ReadStored(first, rows);
            interleaved.Restore(rows, _rowBytes);
        }
        else
        {
            for (int r = 0; r < count; r++)
            {
                ReadStored(interleaved.StoredRow(first + r), rows.Slice(r * _rowBytes, _rowBytes));
            }
        }
        CheckFinite(rows);
    }

    public void Decode(ReadOnlySpan<byte> blocks, Span<float> values) => source.Tensor.Type.ToFloats(blocks, values);

    private void ReadStored(int row, Span<byte> rows) => source.File.ReadBytes(source.Tensor, (long)row * _rowBytes, rows);

    private void CheckFinite(ReadOnlySpan<byte> blocks)
    {
        const int Exponent = 0x7C00;
        for (int at = 0; at < blocks.Length; at += BlockBytes)
        {
            int scale = BinaryPrimitives.ReadUInt16LittleEndian(blocks[(at + _halves.Scale)..]);
            int minimum = _halves.Minimum is int place ? BinaryPrimitives.ReadUInt16LittleEndian(blocks[(at + place)..]) : 0;
            if ((scale & Exponent) == Exponent || (minimum & Exponent) == Exponent)
            {
                throw new DecoupleQException("The tensor has a scale that is not finite.", source.File.Path, source.Name, "finite numbers");
            }
        }
    }

    // Where a block has its half-precision numbers.
    private static (int Scale, int? Minimum) Halves(GgmlType type) => TypeOf(type) switch
    {
        SuperBlockType.Q2_K => (80, 82),
        SuperBlockType.Q3_K => (108, null),
        SuperBlockType.Q4_K or SuperBlockType.Q5_K => (0, 2),
        SuperBlockType.Q6_K => (208, null),
        _ => throw new ArgumentException($"{type.Name} is no K-quant.", nameof(type)),
    };
}
