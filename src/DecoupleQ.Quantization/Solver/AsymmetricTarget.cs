using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// What a layer aims at where its inputs are not what the full-precision model's are: <c>|| X b - X~ b_hat ||^2</c> is the layer-wise objective with
/// <c>H = X~^T X~ / N</c> and b replaced by <c>b + a (H + damping)^-1 (X~^T X / N - H) b</c>, a = 1. A smaller a takes the correction in part, as it also fits
/// what only these calibration inputs have. The exact objective: GPTAQ (arXiv 2504.02692); in part: QEP (arXiv 2504.09629).
/// </summary>
internal static class AsymmetricTarget
{
    /// <summary>Turns a gap into the correction of a weight row, <c>(H + damping)^-1 gap</c>, in its own memory.</summary>
    /// <param name="factor">R, n x n float64, of the damped H in units: only its upper triangle is read.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="gap">The gap, not in units; its values are replaced.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="name">Module path, for errors.</param>
    /// <returns>n x n, row-major: b moves by a times its product with b.</returns>
    /// <exception cref="DecoupleQException">The gap is not finite.</exception>
    public static double[] Correction(double[] factor, double unit, StreamGap gap, Workers workers, string? name)
    {
        int n = gap.Size;
        double[] values = gap.Values;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new DecoupleQException(
                    "the product of its inputs with those in the full-precision model is not finite",
                    field: name,
                    expected: "finite activations; check the calibration data and the model, or set asymmetric-target to 0");
            }
            values[i] /= unit;
        }
        ReverseCholesky.Solve(factor, n, values, n, workers);
        return values;
    }

    /// <summary>Moves weights to what a layer is to aim at.</summary>
    /// <param name="weights">B, m x n, row-major; replaced.</param>
    /// <param name="outputs">m.</param>
    /// <param name="hessian">H, prepared with the gap.</param>
    /// <param name="share">a, 0 to 1.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellationToken">Ends the work between two slabs of rows.</param>
    public static void Move(float[] weights, int outputs, PreparedHessian hessian, double share, Workers workers, CancellationToken cancellationToken)
    {
        int n = hessian.Size;
        double[] correction = hessian.Correction ?? throw new ArgumentException("H was prepared without a gap.", nameof(hessian));
        RowSlabs.For(outputs, workers, cancellationToken, (first, count) =>
        {
            using Scratch<double> rows = Scratch<double>.Rent(count * n);
            using Scratch<double> moved = Scratch<double>.Rent(count * n);
            Span<float> slab = weights.AsSpan(first * n, count * n);
            for (int i = 0; i < slab.Length; i++)
            {
                rows.Span[i] = slab[i];
            }
            Gemm.Multiply(
                new MatrixView<double>(rows.Span, count, n), new MatrixView<double>(correction, n, n).Transposed,
                moved.Span, n, Destination.Overwrite, hessian.OneThread);
            for (int i = 0; i < slab.Length; i++)
            {
                slab[i] = (float)(rows.Span[i] + (share * moved.Span[i]));
            }
        });
    }
}
