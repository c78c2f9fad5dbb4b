using System.Numerics.Tensors;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Training;

/// <summary>The loss of block-wise minimisation: <c>sum of (y - target)^2 / count</c> over the numbers of the tokens that count.</summary>
internal static class MeanSquaredError
{
    /// <summary>The sum of squares, not yet divided.</summary>
    /// <param name="output">y, tokens x width.</param>
    /// <param name="target">As <paramref name="output"/>; becomes y - target, and zero where a token does not count.</param>
    /// <param name="width">Numbers a token.</param>
    /// <param name="counts">Whether each token counts; empty if all do.</param>
    public static double Residual(ReadOnlySpan<float> output, Span<float> target, int width, ReadOnlySpan<bool> counts)
    {
        double sum = 0;
        for (int start = 0; start < output.Length; start += width)
        {
            Span<float> row = target.Slice(start, width);
            if (!counts.IsEmpty && !counts[start / width])
            {
                row.Clear();
                continue;
            }
            TensorPrimitives.Subtract(output.Slice(start, width), row, row);
            sum += DoubleSums.Dot(row, row);
        }
        return sum;
    }
}
