using System.Buffers;

namespace DecoupleQ.Tensors;

/// <summary>A matrix of ggml's K-quants, left where it is stored: a row is read when it is asked for.</summary>
/// <remarks>Rows can be read as long as the checkpoint that the matrix comes from is open.</remarks>
public sealed class SuperBlockMatrix : WeightMatrix
{
    /// <summary>Weights of a block.</summary>
    public const int BlockLength = 256;

    private readonly IBlockRows _blocks;

    internal SuperBlockMatrix(int rows, int columns, SuperBlockType type, IBlockRows blocks)
        : base(rows, columns)
    {
        if (columns % BlockLength != 0)
        {
            throw new ArgumentException($"Rows of {columns} are not whole blocks of {BlockLength}.", nameof(columns));
        }
        Type = type;
        _blocks = blocks;
    }

    /// <summary>How blocks are stored.</summary>
    public SuperBlockType Type { get; }

    /// <summary>Bytes of a block.</summary>
    public int BlockBytes => _blocks.BlockBytes;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Columns / BlockLength * BlockBytes;

    /// <inheritdoc/>
    public override long StoredBits => 8L * Rows * RowBytes;

    /// <inheritdoc/>
    /// <exception cref="DecoupleQException">The file cannot be read, or a scale is not finite.</exception>
    public override void DequantizeRows(int firstRow, int rowCount, Span<float> destination)
    {
        byte[] blocks = ArrayPool<byte>.Shared.Rent(RowBytes);
        for (int r = 0; r < rowCount; r++)
        {
            Span<byte> row = blocks.AsSpan(0, RowBytes);
            _blocks.Read(firstRow + r, 1, row);
            Decode(row, destination.Slice(r * Columns, Columns));
        }
        ArrayPool<byte>.Shared.Return(blocks);
    }

    /// <summary>The stored blocks of rows <paramref name="first"/> .. first + <paramref name="count"/> - 1: count x <see cref="RowBytes"/>.</summary>
    internal void ReadBlocks(int first, int count, Span<byte> blocks) => _blocks.Read(first, count, blocks);

    /// <summary>Decodes a stored row.</summary>
    internal void Decode(ReadOnlySpan<byte> row, Span<float> values) => _blocks.Decode(row, values);
}
