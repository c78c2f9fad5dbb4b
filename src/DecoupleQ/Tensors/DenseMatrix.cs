using System.Buffers;

namespace DecoupleQ.Tensors;

/// <summary>An unquantized matrix in its stored element type, row-major; possibly a view of a mapped file.</summary>
/// <remarks>What reads it after the checkpoint that it comes from is disposed may get an <see cref="ObjectDisposedException"/>.</remarks>
public sealed class DenseMatrix : WeightMatrix
{
    /// <summary>A float32 matrix over <paramref name="elements"/> (rows x columns, row-major).</summary>
    public DenseMatrix(int rows, int columns, ReadOnlyMemory<float> elements)
        : base(rows, columns)
    {
        CheckLength(elements.Length);
        Type = ElementType.F32;
        Singles = elements;
    }

    /// <summary>A 16-bit matrix over the bit patterns <paramref name="elements"/> (rows x columns, row-major).</summary>
    /// <param name="rows">Number of output features.</param>
    /// <param name="columns">Number of input features.</param>
    /// <param name="type"><see cref="ElementType.F16"/> or <see cref="ElementType.BF16"/>.</param>
    /// <param name="elements">The bit patterns.</param>
    public DenseMatrix(int rows, int columns, ElementType type, ReadOnlyMemory<ushort> elements)
        : base(rows, columns)
    {
        if (type == ElementType.F32)
        {
            throw new ArgumentException("Bit patterns of 16 bits are F16 or BF16.", nameof(type));
        }
        CheckLength(elements.Length);
        Type = type;
        Halves = elements;
    }

    /// <summary>The stored element type.</summary>
    public ElementType Type { get; }

    /// <summary>The elements if <see cref="Type"/> is F32; otherwise empty.</summary>
    public ReadOnlyMemory<float> Singles { get; }

    /// <summary>The bit patterns if <see cref="Type"/> is F16 or BF16; otherwise empty.</summary>
    public ReadOnlyMemory<ushort> Halves { get; }

    /// <inheritdoc/>
    public override long StoredBits => (long)Rows * Columns * (Type == ElementType.F32 ? 32 : 16);

    /// <inheritdoc/>
    public override void DequantizeRows(int firstRow, int rowCount, Span<float> destination)
    {
        // The elements may be a view of a mapped file: it stays mapped while they are read.
        using MemoryHandle pin = Type == ElementType.F32 ? Singles.Pin() : Halves.Pin();
        int start = checked(firstRow * Columns);
        int count = checked(rowCount * Columns);
        if (Type == ElementType.F32)
        {
            Singles.Span.Slice(start, count).CopyTo(destination);
        }
        else
        {
            FloatFormat.Decode(Type, Halves.Span.Slice(start, count), destination);
        }
    }

    private void CheckLength(int length)
    {
        if (length != (long)Rows * Columns)
        {
            throw new ArgumentException($"A {Rows} x {Columns} matrix has {(long)Rows * Columns} elements, not {length}.");
        }
    }
}
