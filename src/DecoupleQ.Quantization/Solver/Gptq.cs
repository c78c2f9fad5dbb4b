using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// GPTQ's rounding (Frantar et al., arXiv 2210.17323) for fixed s and z, in its LDLQ form (arXiv 2307.13304): columns in order of decreasing diag(H), and
/// <c>b_hat_k = Q(b_k + sum over j &lt; k of (b_j - b_hat_j) U[j, k])</c>, Q the nearest level.
/// </summary>
/// <remarks>
/// The slab is held transposed (<see cref="TransposedRows"/>). Lazily in blocks of 128 columns: one product brings the feedback of all earlier columns, inside
/// the block each column's error is spread at once.
/// </remarks>
internal sealed class Gptq : IIntegerStep
{
    private const int Block = 128;
    private const int Lanes = TransposedRows.Lanes;

    /// <inheritdoc/>
    public void Solve(LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers) =>
        Round(rows, hessian, scales, offsets, integers);

    /// <summary>w for given s and z. Where s = 0, w = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">The factor and the order of columns.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="integers">w, rows x n; overwritten.</param>
    public static void Round(LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        int n = rows.Inputs;
        int padded = TransposedRows.Padded(rows.Count), stride = TransposedRows.Stride(rows.Count);
        using Scratch<float> targets = Scratch<float>.Rent(n * stride);
        using Scratch<float> errors = Scratch<float>.Rent(n * stride);
        using Scratch<float> groupScales = Scratch<float>.Rent(rows.Groups * stride);
        using Scratch<float> groupOffsets = Scratch<float>.Rent(rows.Groups * stride);
        TransposedRows.Gather(scales, rows.Count, rows.Groups, groupScales.Span);
        TransposedRows.Gather(offsets, rows.Count, rows.Groups, groupOffsets.Span);
        TransposedRows.Gather(rows.Weights, rows.Count, hessian.Order, targets.Span);
        targets.Span.CopyTo(errors.Span);

        var levels = new Levels(rows.Format);
        for (int start = 0; start < n; start += Block)
        {
            int size = Math.Min(Block, n - start);
            if (start > 0)
            {
                var feedback = new MatrixView<float>(hessian.Feedback.AsSpan(start), start, size, n);
                var earlier = new MatrixView<float>(errors.Span, start, padded, stride);
                Gemm.Multiply(feedback.Transposed, earlier, targets.Span[(start * stride)..], stride, Destination.Add, hessian.OneThread);
            }
            for (int lane = 0; lane < padded; lane += Lanes)
            {
                RoundBlock(hessian, rows.GroupSize, levels, start, size, targets.Span, errors.Span, groupScales.Span, groupOffsets.Span, stride, lane);
            }
        }
        TransposedRows.Scatter(targets.Span, rows.Count, hessian.Order, integers);
    }

    /// <summary>
    /// 16 rows of B, <paramref name="size"/> columns. On entry the block's errors hold b, its targets b and the feedback of earlier blocks; on return the
    /// errors hold b - b_hat and the targets w.
    /// </summary>
    private static void RoundBlock(
        PreparedHessian hessian,
        int groupSize,
        Levels levels,
        int start,
        int size,
        Span<float> targets,
        Span<float> errors,
        ReadOnlySpan<float> groupScales,
        ReadOnlySpan<float> groupOffsets,
        int stride,
        int lane)
    {
        ref float target = ref targets[(start * stride) + lane];
        ref float error = ref errors[(start * stride) + lane];
        ref float scale = ref MemoryMarshal.GetReference(groupScales[lane..]);
        ref float offset = ref MemoryMarshal.GetReference(groupOffsets[lane..]);
        for (int k = 0; k < size; k++)
        {
            int group = hessian.Order[start + k] / groupSize * stride;
            Vector512<float> s = Vector512.LoadUnsafe(ref scale, (nuint)group);
            Vector512<float> z = Vector512.LoadUnsafe(ref offset, (nuint)group);
            Vector512<float> w = levels.Nearest(Vector512.LoadUnsafe(ref target, (nuint)(k * stride)), s, z);
            Vector512<float> e = Vector512.LoadUnsafe(ref error, (nuint)(k * stride)) - ((w * s) + z);
            w.StoreUnsafe(ref target, (nuint)(k * stride));
            e.StoreUnsafe(ref error, (nuint)(k * stride));
            ReadOnlySpan<float> feedback = hessian.Feedback.AsSpan(((start + k) * hessian.Size) + start, size);
            for (int c = k + 1; c < feedback.Length; c++)
            {
                nuint at = (nuint)(c * stride);
                Vector512.MultiplyAddEstimate(e, Vector512.Create(feedback[c]), Vector512.LoadUnsafe(ref target, at)).StoreUnsafe(ref target, at);
            }
        }
    }
}
