namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The float step: for given integers the exact minimiser of f over a row's s and z, a least-squares problem in 2G unknowns
/// (arXiv 2404.12759, equation 7).
/// </summary>
/// <remarks>
/// With A(w) the n x 2G matrix of a row (a column for each group's indicator, a column for each group's integers), the correction solves
/// <c>(A^T H A) du = A^T H (b - A u)</c>. A is never formed. An unknown that the others determine (in a group whose integers are all equal, w is a multiple
/// of the indicator) stays where it was. In a symmetric format z and its unknowns are left out, and s may come out negative.
/// </remarks>
internal sealed class FloatStep
{
    private readonly GroupFloatStep? _groups;
    private readonly PerChannelFloatStep? _perChannel;

    /// <param name="hessian">H.</param>
    /// <param name="format">Bits and groups.</param>
    /// <param name="memory">Bytes for the normal equations of the rows that one call has in work.</param>
    public FloatStep(PreparedHessian hessian, QuantizationFormat format, long memory)
    {
        int groupSize = format.ColumnsPerGroup(hessian.Size);
        if (groupSize == hessian.Size)
        {
            _perChannel = new PerChannelFloatStep(hessian, format);
        }
        else
        {
            _groups = new GroupFloatStep(hessian, new GroupedHessian(hessian, groupSize), memory);
        }
    }

    /// <summary>
    /// Replaces s and z by the minimiser. A row whose result is not finite keeps what it had. Where s comes out negative the group is turned over (not in a
    /// symmetric format), which is the same b_hat: <c>w -> alpha + beta - w, z -> z + (alpha + beta) s, s -> -s</c>.
    /// </summary>
    /// <param name="rows">B.</param>
    /// <param name="candidate">w, s, z; its losses are not touched.</param>
    public void Solve(LayerRows rows, CandidateRows candidate)
    {
        if (_perChannel is not null)
        {
            _perChannel.Solve(rows, candidate.Integers, candidate.Scales, candidate.Offsets);
        }
        else
        {
            _groups!.Solve(rows, candidate.Integers, candidate.Scales, candidate.Offsets);
        }
        if (!rows.Format.Symmetric)
        {
            TurnOver(rows, candidate);
        }
    }

    private static void TurnOver(LayerRows rows, CandidateRows candidate)
    {
        int sum = rows.Format.Alpha + rows.Format.Beta;
        for (int g = 0; g < candidate.Scales.Length; g++)
        {
            if (candidate.Scales[g] >= 0)
            {
                continue;
            }
            candidate.Offsets[g] = (float)(candidate.Offsets[g] + ((double)sum * candidate.Scales[g]));
            candidate.Scales[g] = -candidate.Scales[g];
            foreach (ref sbyte w in candidate.Integers.Slice(g * rows.GroupSize, rows.GroupSize))
            {
                w = (sbyte)(sum - w);
            }
        }
    }
}
