using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>An unquantized matrix in its stored order and format, on lanes of any width.</summary>
/// <param name="matrix">The matrix, held because its elements may lie in a file that is mapped as long as it lives.</param>
/// <param name="elements">The matrix's elements, rows x columns, row-major.</param>
/// <param name="set">The family of the lanes.</param>
internal sealed unsafe class DenseLinear<TLanes, TVector, TFormat, TElement>(DenseMatrix matrix, ReadOnlyMemory<TElement> elements, InstructionSet set)
    : LinearKernel(matrix.Columns, matrix.Rows)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IStoredFormat<TElement>
    where TElement : unmanaged
{
    private const int MostStreamedTokens = 12;
    private const int ItemBytes = 128 << 10;

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckLengths(input.Length, tokens, output.Length);
        fixed (float* x = input, y = output)
        {
            fixed (TElement* weights = elements.Span)
            {
                if (tokens <= MostStreamedTokens)
                {
                    long rowBytes = (long)Inputs * sizeof(TElement);
                    int itemRows = (int)Math.Clamp(ItemBytes / rowBytes, 1, Math.Max(1, Outputs / (4 * workers.Count)));
                    itemRows = (itemRows + DenseRows<TLanes, TVector, TFormat, TElement>.RowsAtOnce - 1) / DenseRows<TLanes, TVector, TFormat, TElement>.RowsAtOnce
                        * DenseRows<TLanes, TVector, TFormat, TElement>.RowsAtOnce;
                    workers.For((Outputs + itemRows - 1) / itemRows, new Streaming(weights, x, Inputs, tokens, y, Outputs, itemRows));
                }
                else
                {
                    var left = new StridedOperand<float>(x, Inputs, 1);
                    TileChoice.Multiply(
                        left, new DenseOperand<TLanes, TVector, TFormat, TElement>(weights, Inputs), tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, set);
                }
            }
        }
        GC.KeepAlive(matrix);
    }

    private readonly struct Streaming(TElement* weights, float* x, int inputs, int tokens, float* y, int outputs, int itemRows) : IWork
    {
        public void Run(int item) =>
            DenseRows<TLanes, TVector, TFormat, TElement>.Multiply(weights, item * itemRows, Math.Min(outputs, (item + 1) * itemRows), x, inputs, tokens, y, outputs);
    }
}
