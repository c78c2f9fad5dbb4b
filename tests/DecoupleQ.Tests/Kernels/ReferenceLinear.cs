using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>The scalar oracle: dequantizes row by row and sums in float64.</summary>
internal sealed class ReferenceLinear(WeightMatrix matrix) : LinearKernel(matrix.Columns, matrix.Rows)
{
    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        var row = new float[Inputs];
        for (int i = 0; i < Outputs; i++)
        {
            matrix.DequantizeRows(i, 1, row);
            for (int t = 0; t < tokens; t++)
            {
                double sum = 0;
                for (int j = 0; j < Inputs; j++)
                {
                    sum += (double)row[j] * input[(t * Inputs) + j];
                }
                output[(t * Outputs) + i] = (float)sum;
            }
        }
    }
}
