using DecoupleQ.Kernels.Products;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The float step with G groups a row: the normal equations from about one and a half products with H, then a Cholesky factorisation for each row.
/// </summary>
/// <remarks>
/// The unknowns are the offsets of all groups, then their scales; in a symmetric format the scales alone. With W the integers and E the group indicator:
/// <code>
/// P_zz = E^T H E                                     the same for every row
/// P_wz[g, g'] = sum over j in g of W[j] (H E)[j, g']
/// P_ww[g, g'] = sum over j in g of W[j] (W[g'] H[g', :])[j]     g >= g' only, it is symmetric
/// y_w[g], y_z[g] = sums over g of W D and of D, D = (b - b_hat) H
/// </code>
/// </remarks>
/// <param name="hessian">H.</param>
/// <param name="grouped">H E and E^T H E.</param>
/// <param name="memory">Bytes for the normal equations of the rows in work.</param>
internal sealed class GroupFloatStep(PreparedHessian hessian, GroupedHessian grouped, long memory)
{
    /// <summary>Relative to its diagonal element, a pivot that float32 products cannot tell from zero.</summary>
    private const double Vanishing = 1e-6;

    private const double Regularisation = 1e-9;

    /// <summary>Replaces s and z (rows x G); w is not changed.</summary>
    public void Solve(LayerRows rows, ReadOnlySpan<sbyte> integers, Span<float> scales, Span<float> offsets)
    {
        int unknowns = Unknowns(rows);
        long rowBytes = (long)unknowns * unknowns * sizeof(double);
        int size = (int)Math.Clamp(memory / rowBytes, 1, rows.Count);
        for (int first = 0; first < rows.Count; first += size)
        {
            int count = Math.Min(size, rows.Count - first);
            SolveRows(
                rows.Slice(first, count),
                integers.Slice(first * rows.Inputs, count * rows.Inputs),
                scales.Slice(first * rows.Groups, count * rows.Groups),
                offsets.Slice(first * rows.Groups, count * rows.Groups));
        }
    }

    private void SolveRows(LayerRows rows, ReadOnlySpan<sbyte> integers, Span<float> scales, Span<float> offsets)
    {
        int count = rows.Count, groups = grouped.Groups, unknowns = Unknowns(rows);
        using Scratch<float> w = Scratch<float>.Rent(count * rows.Inputs);
        using Scratch<float> products = Scratch<float>.Rent(count * rows.Inputs);
        using Scratch<double> matrices = Scratch<double>.Rent(checked(count * unknowns * unknowns));
        using Scratch<double> sides = Scratch<double>.Rent(count * unknowns);
        IntegersAsFloats.Convert(integers, w.Span);

        RightHandSides(rows, integers, scales, offsets, w.Span, products.Span, sides.Span);
        if (!rows.Format.Symmetric)
        {
            OffsetBlock(count, matrices.Span);
            MixedBlock(rows, w.Span, products.Span, matrices.Span);
        }
        ScaleBlock(rows, w.Span, products.Span, matrices.Span);

        for (int i = 0; i < count; i++)
        {
            Span<double> matrix = matrices.Span.Slice(i * unknowns * unknowns, unknowns * unknowns);
            Span<double> side = sides.Span.Slice(i * unknowns, unknowns);
            for (int k = 0; k < unknowns; k++)
            {
                matrix[(k * unknowns) + k] *= 1 + Regularisation;
            }
            if (!rows.Format.Symmetric)
            {
                LeaveOutConstantGroups(rows, integers.Slice(i * rows.Inputs, rows.Inputs), matrix);
            }
            SemidefiniteSolve.Solve(matrix, unknowns, side, Vanishing);
            hessian.OneThread.Cancellation.ThrowIfCancellationRequested();
            if (AllFinite(side, scales.Slice(i * groups, groups), offsets.Slice(i * groups, groups)))
            {
                Apply(side, scales.Slice(i * groups, groups), offsets.Slice(i * groups, groups));
            }
        }
    }

    private void RightHandSides(
        LayerRows rows,
        ReadOnlySpan<sbyte> integers,
        ReadOnlySpan<float> scales,
        ReadOnlySpan<float> offsets,
        ReadOnlySpan<float> w,
        Span<float> products,
        Span<double> sides)
    {
        int n = rows.Inputs, groups = grouped.Groups, unknowns = Unknowns(rows);
        using Scratch<float> residual = Scratch<float>.Rent(rows.Count * n);
        Objective.Residual(rows, integers, scales, offsets, residual.Span);
        Gemm.Multiply(
            new MatrixView<float>(residual.Span, rows.Count, n),
            new MatrixView<float>(hessian.Damped, n, n),
            products, n, Destination.Overwrite, hessian.OneThread);
        for (int i = 0; i < rows.Count; i++)
        {
            for (int g = 0; g < groups; g++)
            {
                int start = (i * n) + (g * rows.GroupSize);
                ReadOnlySpan<float> gradient = products.Slice(start, rows.GroupSize);
                // The residual is b_hat - b, the right-hand side has b - b_hat.
                if (!rows.Format.Symmetric)
                {
                    sides[(i * unknowns) + g] = -DoubleSums.Sum(gradient);
                }
                sides[(i * unknowns) + unknowns - groups + g] = -DoubleSums.Dot(w.Slice(start, rows.GroupSize), gradient);
            }
        }
    }

    private void OffsetBlock(int count, Span<double> matrices)
    {
        int groups = grouped.Groups, unknowns = 2 * groups;
        for (int i = 0; i < count; i++)
        {
            for (int g = 0; g < groups; g++)
            {
                grouped.Sums.AsSpan(g * groups, groups).CopyTo(matrices[((((i * unknowns) + g) * unknowns))..]);
            }
        }
    }

    private void MixedBlock(LayerRows rows, ReadOnlySpan<float> w, Span<float> products, Span<double> matrices)
    {
        int n = rows.Inputs, groups = grouped.Groups, unknowns = 2 * groups, groupSize = rows.GroupSize;
        for (int g = 0; g < groups; g++)
        {
            Gemm.Multiply(
                new MatrixView<float>(w[(g * groupSize)..], rows.Count, groupSize, n),
                new MatrixView<float>(grouped.ColumnSums.AsSpan(g * groupSize * groups), groupSize, groups),
                products, groups, Destination.Overwrite, hessian.OneThread);
            for (int i = 0; i < rows.Count; i++)
            {
                Span<double> target = matrices.Slice(((i * unknowns) + groups + g) * unknowns, groups);
                ReadOnlySpan<float> source = products.Slice(i * groups, groups);
                for (int h = 0; h < groups; h++)
                {
                    target[h] = source[h];
                }
            }
        }
    }

    private void ScaleBlock(LayerRows rows, ReadOnlySpan<float> w, Span<float> products, Span<double> matrices)
    {
        int n = rows.Inputs, groups = grouped.Groups, unknowns = Unknowns(rows), first = unknowns - groups, groupSize = rows.GroupSize;
        for (int h = 0; h < groups; h++)
        {
            int start = h * groupSize, width = n - start;
            Gemm.Multiply(
                new MatrixView<float>(w[start..], rows.Count, groupSize, n),
                new MatrixView<float>(hessian.Damped.AsSpan((start * n) + start), groupSize, width, n),
                products, width, Destination.Overwrite, hessian.OneThread);
            for (int i = 0; i < rows.Count; i++)
            {
                for (int g = h; g < groups; g++)
                {
                    matrices[(((i * unknowns) + first + g) * unknowns) + first + h] = DoubleSums.Dot(
                        products.Slice((i * width) + ((g - h) * groupSize), groupSize),
                        w.Slice((i * n) + (g * groupSize), groupSize));
                }
            }
        }
    }

    /// <summary>In a group whose integers are all equal s and z cannot be told apart: z alone moves, exactly, whatever rounding left of the pivot.</summary>
    private void LeaveOutConstantGroups(LayerRows rows, ReadOnlySpan<sbyte> integers, Span<double> matrix)
    {
        int groups = grouped.Groups, unknowns = 2 * groups;
        for (int g = 0; g < groups; g++)
        {
            ReadOnlySpan<sbyte> group = integers.Slice(g * rows.GroupSize, rows.GroupSize);
            if (group.ContainsAnyExcept(group[0]))
            {
                continue;
            }
            int k = groups + g;
            matrix.Slice(k * unknowns, k + 1).Clear();
            for (int row = k + 1; row < unknowns; row++)
            {
                matrix[(row * unknowns) + k] = 0;
            }
        }
    }

    private static bool AllFinite(ReadOnlySpan<double> correction, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        int first = correction.Length - scales.Length;
        for (int g = 0; g < scales.Length; g++)
        {
            if ((first > 0 && !float.IsFinite((float)(offsets[g] + correction[g]))) || !float.IsFinite((float)(scales[g] + correction[first + g])))
            {
                return false;
            }
        }
        return true;
    }

    private static void Apply(ReadOnlySpan<double> correction, Span<float> scales, Span<float> offsets)
    {
        int first = correction.Length - scales.Length;
        for (int g = 0; g < scales.Length; g++)
        {
            if (first > 0)
            {
                offsets[g] = (float)(offsets[g] + correction[g]);
            }
            scales[g] = (float)(scales[g] + correction[first + g]);
        }
    }

    private int Unknowns(LayerRows rows) => rows.Format.Symmetric ? grouped.Groups : 2 * grouped.Groups;
}
