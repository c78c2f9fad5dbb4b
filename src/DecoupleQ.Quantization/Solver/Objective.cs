using System.Numerics.Tensors;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The layer-wise objective of a row, <c>f = (b_hat - b)^T H (b_hat - b)</c> with the damped H (arXiv 2404.12759, equation 6).</summary>
/// <remarks>
/// Evaluated as <c>|| R^T (b_hat - b) ||^2</c> with <c>H = R R^T</c>, R upper triangular: half the arithmetic of the quadratic form, never negative, and on an
/// ill-conditioned H it loses half as many digits.
/// </remarks>
internal static class Objective
{
    /// <summary>f of each row of a candidate.</summary>
    /// <param name="rows">B.</param>
    /// <param name="candidate">w, s and z; its losses are overwritten.</param>
    /// <param name="hessian">H.</param>
    public static void Evaluate(LayerRows rows, CandidateRows candidate, PreparedHessian hessian)
    {
        using Scratch<float> residual = Scratch<float>.Rent(rows.Count * rows.Inputs);
        Residual(rows, candidate.Integers, candidate.Scales, candidate.Offsets, residual.Span);
        QuadraticForm(residual.Span, rows.Count, hessian, candidate.Losses);
    }

    /// <summary><c>r^T H r</c> of each row r.</summary>
    /// <param name="vectors">rows x n, row-major.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="hessian">H.</param>
    /// <param name="values">One a row; overwritten.</param>
    public static void QuadraticForm(ReadOnlySpan<float> vectors, int rows, PreparedHessian hessian, Span<double> values)
    {
        UpperPanels factor = hessian.Factor;
        using Scratch<float> product = Scratch<float>.Rent(rows * factor.PanelWidth);
        values[..rows].Clear();
        for (int p = 0; p < factor.Count; p++)
        {
            int width = factor.Width(p);
            factor.Multiply(vectors, rows, p, product.Span, hessian.OneThread);
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> part = product.Span.Slice(i * width, width);
                values[i] += DoubleSums.Dot(part, part);
            }
        }
    }

    /// <summary><c>b_hat - b</c>, computed in float64 and rounded once.</summary>
    /// <param name="rows">B.</param>
    /// <param name="integers">w, rows x n.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="residual">rows x n; overwritten.</param>
    public static void Residual(LayerRows rows, ReadOnlySpan<sbyte> integers, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<float> residual)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            for (int g = 0; g < rows.Groups; g++)
            {
                int start = (i * rows.Inputs) + (g * rows.GroupSize);
                double scale = scales[(i * rows.Groups) + g], offset = offsets[(i * rows.Groups) + g];
                ReadOnlySpan<float> b = rows.Weights.Slice(start, rows.GroupSize);
                ReadOnlySpan<sbyte> w = integers.Slice(start, rows.GroupSize);
                Span<float> r = residual.Slice(start, rows.GroupSize);
                for (int j = 0; j < r.Length; j++)
                {
                    r[j] = (float)((scale * w[j]) + offset - b[j]);
                }
            }
        }
    }
}
