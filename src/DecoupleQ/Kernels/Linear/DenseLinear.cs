using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>An unquantized matrix in its stored order and format, on lanes of any width.</summary>
/// <param name="matrix">The matrix, held because its elements may lie in a file that is mapped as long as it lives.</param>
/// <param name="elements">The matrix's elements, rows x columns, row-major.</param>
/// <param name="set">The family of the lanes.</param>
internal sealed unsafe class DenseLinear<TLanes, TVector, TFormat, TElement>(DenseMatrix matrix, ReadOnlyMemory<TElement> elements, InstructionSet set)
    : SlabKernel(matrix.Columns, matrix.Rows)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IStoredFormat<TElement>
    where TElement : unmanaged
{
    public override InputForm Form { get; } = new PlainInput();

    public override long Bytes => (long)Inputs * Outputs * sizeof(TElement);

    public override void DequantizeRow(int row, Span<float> destination) => matrix.DequantizeRows(row, 1, destination);

    public override void Multiply(int slab, in PreparedRows rows, float* y)
    {
        int first = slab * SlabRows;
        fixed (TElement* weights = elements.Span)
        {
            DenseRows<TLanes, TVector, TFormat, TElement>.Multiply(weights, first, Math.Min(Outputs, first + SlabRows), rows, Inputs, y, SlabRows);
        }
        GC.KeepAlive(matrix);
    }

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            fixed (TElement* weights = elements.Span)
            {
                TileChoice.Multiply(
                    new StridedOperand<float>(x, Inputs, 1),
                    new DenseOperand<TLanes, TVector, TFormat, TElement>(weights, Inputs),
                    tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, set);
            }
        }
        GC.KeepAlive(matrix);
    }
}
