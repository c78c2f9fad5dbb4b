using System.Buffers;
using System.Numerics.Tensors;

namespace DecoupleQ.Tensors;

/// <summary>
/// A quantized matrix in affine form: element (i, j) is <c>scales[i, g] * code[i, j] + biases[i, g]</c> with <c>g = j / GroupSize</c>.
/// Codes are unsigned; each row is one little-endian bit stream (code j in bits <c>[Bits*j, Bits*j + Bits)</c>), the layout of MLX.
/// </summary>
/// <remarks>
/// In the paper's terms (arXiv 2404.12759): <c>code = w - alpha</c>, <c>scales = s</c>, <c>biases = z + alpha * s</c>, <c>alpha = -2^(Bits-1)</c>.
/// </remarks>
public sealed class AffineMatrix : WeightMatrix
{
    /// <summary>Creates the matrix over its stored parts.</summary>
    /// <param name="rows">Number of output features.</param>
    /// <param name="columns">Number of input features; <c>columns * bits</c> is a multiple of 32.</param>
    /// <param name="bits">2, 3, 4 or 8.</param>
    /// <param name="groupSize">Columns that share a scale; divides <paramref name="columns"/>; equal to it for a per-channel matrix.</param>
    /// <param name="codes">rows x (columns * bits / 32) words.</param>
    /// <param name="scaleType">How scales and biases are stored; their values are exact in this type.</param>
    /// <param name="scales">rows x (columns / groupSize), decoded to float32.</param>
    /// <param name="biases">As <paramref name="scales"/>.</param>
    public AffineMatrix(
        int rows,
        int columns,
        int bits,
        int groupSize,
        ReadOnlyMemory<uint> codes,
        ElementType scaleType,
        ReadOnlyMemory<float> scales,
        ReadOnlyMemory<float> biases)
        : base(rows, columns)
    {
        if (bits is not (2 or 3 or 4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "2, 3, 4 or 8.");
        }
        if (groupSize <= 0 || columns % groupSize != 0 || (long)columns * bits % 32 != 0)
        {
            throw new ArgumentException($"Group size {groupSize} and {bits} bits do not fit {columns} columns.", nameof(groupSize));
        }
        Bits = bits;
        GroupSize = groupSize;
        WordsPerRow = (int)((long)columns * bits / 32);
        if (codes.Length != (long)rows * WordsPerRow || scales.Length != (long)rows * Groups || biases.Length != scales.Length)
        {
            throw new ArgumentException("Codes, scales or biases have a length other than the shape's.");
        }
        Codes = codes;
        ScaleType = scaleType;
        Scales = scales;
        Biases = biases;
    }

    /// <summary>Bits of a code: 2, 3, 4 or 8.</summary>
    public int Bits { get; }

    /// <summary>Columns that share a scale and a bias.</summary>
    public int GroupSize { get; }

    /// <summary>Groups in a row.</summary>
    public int Groups => Columns / GroupSize;

    /// <summary>32-bit words of codes in a row.</summary>
    public int WordsPerRow { get; }

    /// <summary>The packed codes, rows x <see cref="WordsPerRow"/>.</summary>
    public ReadOnlyMemory<uint> Codes { get; }

    /// <summary>How scales and biases are stored.</summary>
    public ElementType ScaleType { get; }

    /// <summary>Scales, rows x <see cref="Groups"/>, exact in <see cref="ScaleType"/>.</summary>
    public ReadOnlyMemory<float> Scales { get; }

    /// <summary>Biases, rows x <see cref="Groups"/>, exact in <see cref="ScaleType"/>.</summary>
    public ReadOnlyMemory<float> Biases { get; }

    /// <inheritdoc/>
    public override long StoredBits => ((long)Codes.Length * 32) + (2L * Scales.Length * (ScaleType == ElementType.F32 ? 32 : 16));

    /// <inheritdoc/>
    public override void DequantizeRows(int firstRow, int rowCount, Span<float> destination)
    {
        // The codes may be a view of a mapped file: it stays mapped while they are read.
        using MemoryHandle pin = Codes.Pin();
        byte[] codes = ArrayPool<byte>.Shared.Rent(Columns);
        Span<byte> row = codes.AsSpan(0, Columns);
        for (int i = firstRow; i < firstRow + rowCount; i++)
        {
            PackedCodes.Unpack(Codes.Span.Slice(i * WordsPerRow, WordsPerRow), Bits, row);
            ReadOnlySpan<float> scales = Scales.Span.Slice(i * Groups, Groups), biases = Biases.Span.Slice(i * Groups, Groups);
            Dequantize(row, scales, biases, destination.Slice((i - firstRow) * Columns, Columns));
        }
        ArrayPool<byte>.Shared.Return(codes);
    }

    /// <summary><c>scale * code + bias</c>, group after group, the product and the sum each rounded.</summary>
    internal static void Dequantize(ReadOnlySpan<byte> codes, ReadOnlySpan<float> scales, ReadOnlySpan<float> biases, Span<float> destination)
    {
        TensorPrimitives.ConvertTruncating(codes, destination);
        int groupSize = codes.Length / scales.Length;
        for (int g = 0; g < scales.Length; g++)
        {
            Span<float> group = destination.Slice(g * groupSize, groupSize);
            TensorPrimitives.Multiply(group, scales[g], group);
            TensorPrimitives.Add(group, biases[g], group);
        }
    }
}
