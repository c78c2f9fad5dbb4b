using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Cyclic coordinate descent on the integers: column after column, each w becomes the exact minimiser of f over itself,
/// <c>w -> clamp(round(w - D[j] / (H[j, j] s)))</c> with the gradient <c>D = (b_hat - b) H</c>. It starts from GPTQ's answer or from the
/// integers at hand, whichever is better.
/// </summary>
/// <remarks>
/// <para>f never rises but for rounding, and where a sweep moves nothing no single integer can be improved.</para>
/// <para>Lazily in blocks of 128 columns: one product brings a block's part of D, inside the block each move is felt at once. So a sweep costs one product with
/// H. The slab is held transposed (<see cref="TransposedRows"/>).</para>
/// </remarks>
/// <param name="sweeps">Passes over all columns, at most; it ends earlier where nothing moves.</param>
/// <param name="order">The order of the columns.</param>
internal sealed class CoordinateDescent(int sweeps, CoordinateOrder order = CoordinateOrder.Given) : IIntegerStep
{
    private const int Block = 128;
    private const int Lanes = TransposedRows.Lanes;

    /// <summary>In levels: a move must be this far past the middle, or float32's error in D could move an integer to and fro.</summary>
    private const float Slack = 1e-4f;

    /// <inheritdoc/>
    public void Solve(LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        TakeBetterOfGptq(rows, hessian, scales, offsets, integers);
        Descend(rows, hessian, scales, offsets, integers, sweeps, order);
    }

    /// <summary>Descends from the given integers.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">H.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="integers">w, rows x n.</param>
    /// <param name="sweeps">Passes over all columns, at most.</param>
    /// <param name="order">The order of the columns.</param>
    /// <returns>Whether the last sweep moved nothing.</returns>
    public static bool Descend(
        LayerRows rows,
        PreparedHessian hessian,
        ReadOnlySpan<float> scales,
        ReadOnlySpan<float> offsets,
        Span<sbyte> integers,
        int sweeps,
        CoordinateOrder order = CoordinateOrder.Given)
    {
        (int[] columns, float[] matrix) = order == CoordinateOrder.Decreasing ? (hessian.Order, hessian.Ordered) : (hessian.Natural, hessian.Damped);
        int n = rows.Inputs, padded = TransposedRows.Padded(rows.Count), stride = TransposedRows.Stride(rows.Count);
        using Scratch<float> rowMajor = Scratch<float>.Rent(rows.Count * n);
        using Scratch<float> codes = Scratch<float>.Rent(n * stride);
        using Scratch<float> errors = Scratch<float>.Rent(n * stride);
        using Scratch<float> groupScales = Scratch<float>.Rent(rows.Groups * stride);
        using Scratch<float> gradient = Scratch<float>.Rent(Block * stride);
        IntegersAsFloats.Convert(integers, rowMajor.Span);
        TransposedRows.Gather(rowMajor.Span, rows.Count, columns, codes.Span);
        Objective.Residual(rows, integers, scales, offsets, rowMajor.Span);
        TransposedRows.Gather(rowMajor.Span, rows.Count, columns, errors.Span);
        TransposedRows.Gather(scales, rows.Count, rows.Groups, groupScales.Span);

        bool moved = true;
        for (int sweep = 0; sweep < sweeps && moved; sweep++)
        {
            moved = false;
            for (int start = 0; start < n; start += Block)
            {
                int size = Math.Min(Block, n - start);
                Gemm.Multiply(
                    new MatrixView<float>(matrix.AsSpan(start * n), size, n),
                    new MatrixView<float>(errors.Span, n, padded, stride),
                    gradient.Span, stride, Destination.Overwrite, hessian.OneThread);
                for (int lane = 0; lane < padded; lane += Lanes)
                {
                    moved |= DescendBlock(columns, matrix, rows, start, size, codes.Span, errors.Span, groupScales.Span, gradient.Span, stride, lane);
                }
            }
        }
        TransposedRows.Scatter(codes.Span, rows.Count, columns, integers);
        return !moved;
    }

    /// <summary>16 rows of B, the columns of a block; <paramref name="gradient"/> holds their D. Returns whether any integer moved.</summary>
    private static bool DescendBlock(
        int[] columns,
        float[] matrix,
        LayerRows rows,
        int start,
        int size,
        Span<float> codes,
        Span<float> errors,
        ReadOnlySpan<float> groupScales,
        Span<float> gradient,
        int stride,
        int lane)
    {
        Vector512<float> alpha = Vector512.Create((float)rows.Format.Alpha), beta = Vector512.Create((float)rows.Format.Beta);
        Vector512<float> half = Vector512.Create(0.5f), least = Vector512.Create(0.5f + Slack);
        ref float code = ref codes[(start * stride) + lane];
        ref float error = ref errors[(start * stride) + lane];
        ref float scale = ref MemoryMarshal.GetReference(groupScales[lane..]);
        ref float slope = ref gradient[lane];
        bool moved = false;
        for (int k = 0; k < size; k++)
        {
            nuint at = (nuint)(k * stride);
            Vector512<float> s = Vector512.LoadUnsafe(ref scale, (nuint)(columns[start + k] / rows.GroupSize * stride));
            Vector512<float> w = Vector512.LoadUnsafe(ref code, at);
            ReadOnlySpan<float> row = matrix.AsSpan(((start + k) * rows.Inputs) + start, size);
            // In levels. Not a number where s or H[j, j] is 0, and then no comparison holds and nothing moves.
            Vector512<float> step = Vector512.LoadUnsafe(ref slope, at) / (s * row[k]);
            Vector512<float> level = Vector512.MinNative(Vector512.MaxNative(Vector512.Floor(w - step + half), alpha), beta);
            Vector512<float> moves = Vector512.GreaterThan(Vector512.Abs(step), least) & ~Vector512.Equals(s, Vector512<float>.Zero);
            Vector512<float> delta = (level - w) & moves;
            if (row[k] <= 0 || Vector512.EqualsAll(delta, Vector512<float>.Zero))
            {
                continue;
            }
            moved = true;
            (w + delta).StoreUnsafe(ref code, at);
            delta *= s;
            (Vector512.LoadUnsafe(ref error, at) + delta).StoreUnsafe(ref error, at);
            for (int c = k + 1; c < row.Length; c++)
            {
                nuint later = (nuint)(c * stride);
                Vector512.MultiplyAddEstimate(delta, Vector512.Create(row[c]), Vector512.LoadUnsafe(ref slope, later)).StoreUnsafe(ref slope, later);
            }
        }
        return moved;
    }

    private static void TakeBetterOfGptq(
        LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        using Scratch<sbyte> rounded = Scratch<sbyte>.Rent(integers.Length);
        using Scratch<float> residual = Scratch<float>.Rent(integers.Length);
        double[] losses = new double[rows.Count], roundedLosses = new double[rows.Count];
        Objective.Residual(rows, integers, scales, offsets, residual.Span);
        Objective.QuadraticForm(residual.Span, rows.Count, hessian, losses);
        Gptq.Round(rows, hessian, scales, offsets, rounded.Span);
        Objective.Residual(rows, rounded.Span, scales, offsets, residual.Span);
        Objective.QuadraticForm(residual.Span, rows.Count, hessian, roundedLosses);
        for (int i = 0; i < rows.Count; i++)
        {
            // Written so that integers whose loss is not a number are not kept.
            if (!(losses[i] <= roundedLosses[i]))
            {
                rounded.Span.Slice(i * rows.Inputs, rows.Inputs).CopyTo(integers[(i * rows.Inputs)..]);
            }
        }
    }
}
