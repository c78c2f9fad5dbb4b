using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// A start of the alternation that needs no product with H: for each group the (s, z) of least <c>sum over j of d[j] (s Q(b[j]) + z - b[j])^2</c>, Q the
/// nearest level, from a grid of shrunk ranges, each refined by rounding and weighted least squares in turn.
/// </summary>
/// <remarks>
/// The weights d are the diagonal of the LDLQ factorisation (<see cref="PreparedHessian.Innovations"/>), not that of H: GPTQ's rounding reaches
/// <c>f = sum of d[j] e[j]^2</c>
/// with e[j] the distance of column j's target from its level, so that d is what an error that feedback cannot make good is worth.
/// </remarks>
internal static class DiagonalSearch
{
    /// <summary>
    /// Widths, relative to the found one, that are worth rounding with: feedback carries the rounding's targets beyond the weights, and it
    /// is rounding itself that best says how far.
    /// </summary>
    public static ReadOnlySpan<float> Widths => [1f, 0.95f, 1.05f, 1.1f];

    private const int Lanes = 16;

    // Ranges of p min .. p max, p from 1 down to 0.28; four refinements settle nearly all groups.
    private const int Ranges = 10;
    private const double Step = 0.08;
    private const int Refinements = 4;

    /// <summary>s and z of every group. A group of zeros gets s = z = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">The weights.</param>
    /// <param name="scales">s, rows x G; overwritten.</param>
    /// <param name="offsets">z, rows x G; overwritten.</param>
    public static void Find(LayerRows rows, PreparedHessian hessian, Span<float> scales, Span<float> offsets)
    {
        int padded = (rows.GroupSize + Lanes - 1) / Lanes * Lanes;
        using Scratch<float> values = Scratch<float>.Rent(padded);
        using Scratch<float> weights = Scratch<float>.Rent(padded);
        for (int g = 0; g < rows.Groups; g++)
        {
            hessian.OneThread.Cancellation.ThrowIfCancellationRequested();
            int start = g * rows.GroupSize;
            weights.Span.Clear();
            hessian.Innovations.AsSpan(start, rows.GroupSize).CopyTo(weights.Span);
            for (int i = 0; i < rows.Count; i++)
            {
                ReadOnlySpan<float> group = rows.Row(i).Slice(start, rows.GroupSize);
                // In units of the largest weight, whatever the layer's scale.
                float unit = Math.Abs(TensorPrimitives.MaxMagnitude(group));
                Pair best = default;
                if (unit > 0)
                {
                    values.Span.Clear();
                    TensorPrimitives.Divide(group, unit, values.Span);
                    best = new Group(values.Span, weights.Span, rows.Format).Search(MinMax.Range(values.Span));
                }
                (scales[(i * rows.Groups) + g], offsets[(i * rows.Groups) + g]) = ((float)(best.Scale * unit), (float)(best.Offset * unit));
            }
        }
    }

    /// <summary>Scales the levels about their middle, in a symmetric format about 0.</summary>
    /// <param name="format">The levels.</param>
    /// <param name="width">Factor.</param>
    /// <param name="scales">s.</param>
    /// <param name="offsets">z.</param>
    /// <param name="widerScales">The scaled levels' s.</param>
    /// <param name="widerOffsets">The scaled levels' z.</param>
    public static void Widen(
        QuantizationFormat format, float width, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<float> widerScales, Span<float> widerOffsets)
    {
        double middle = format.Symmetric ? 0 : (format.Alpha + format.Beta) / 2.0;
        for (int g = 0; g < scales.Length; g++)
        {
            widerScales[g] = width * scales[g];
            widerOffsets[g] = (float)(offsets[g] + (middle * scales[g] * (1 - (double)width)));
        }
    }

    private readonly record struct Pair(double Scale, double Offset);

    /// <summary>b and d of a group, padded with weights of zero.</summary>
    private readonly ref struct Group(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, QuantizationFormat format)
    {
        private readonly ReadOnlySpan<float> _values = values;
        private readonly ReadOnlySpan<float> _weights = weights;
        private readonly Levels _levels = new(format);

        public Pair Search((float Low, float High) range)
        {
            Pair best = default;
            double least = double.PositiveInfinity;
            // Without an offset the longer side of the levels may lie on either side of zero.
            int signs = format.Symmetric ? 2 : 1;
            for (int start = 0; start < Ranges * signs; start++)
            {
                (float scale, float offset) = MinMax.Shrunk(range.Low, range.High, 1 - (Step * (start / signs)), format);
                Pair pair = new(start % signs == 0 ? scale : -scale, offset);
                for (int refinement = 0; refinement < Refinements; refinement++)
                {
                    pair = Refine(pair);
                }
                double error = Error(pair);
                if (error < least)
                {
                    (best, least) = (pair, error);
                }
            }
            return best;
        }

        /// <summary>The weighted least squares for the levels nearest under a pair.</summary>
        private Pair Refine(Pair pair)
        {
            ref float value = ref MemoryMarshal.GetReference(_values), weight = ref MemoryMarshal.GetReference(_weights);
            Vector512<float> s = Vector512.Create((float)pair.Scale), z = Vector512.Create((float)pair.Offset);
            Vector512<float> d0 = Vector512<float>.Zero, dw = d0, dww = d0, db = d0, dwb = d0;
            for (nuint j = 0; j < (nuint)_values.Length; j += Lanes)
            {
                Vector512<float> b = Vector512.LoadUnsafe(ref value, j), d = Vector512.LoadUnsafe(ref weight, j);
                Vector512<float> w = _levels.Nearest(b, s, z), weighted = d * w;
                d0 += d;
                dw += weighted;
                dww = Vector512.MultiplyAddEstimate(weighted, w, dww);
                db = Vector512.MultiplyAddEstimate(d, b, db);
                dwb = Vector512.MultiplyAddEstimate(weighted, b, dwb);
            }
            double a0 = Vector512.Sum(d0), a1 = Vector512.Sum(dw), a2 = Vector512.Sum(dww), y0 = Vector512.Sum(db), y1 = Vector512.Sum(dwb);
            if (format.Symmetric)
            {
                return a2 > 0 ? new Pair(y1 / a2, 0) : pair;
            }
            // Where all integers are equal the pair cannot be told apart, and stays.
            double determinant = (a0 * a2) - (a1 * a1);
            if (!(determinant > 1e-5 * a0 * a2))
            {
                return pair;
            }
            double scale = ((a0 * y1) - (a1 * y0)) / determinant;
            return new Pair(scale, (y0 - (a1 * scale)) / a0);
        }

        private double Error(Pair pair)
        {
            ref float value = ref MemoryMarshal.GetReference(_values), weight = ref MemoryMarshal.GetReference(_weights);
            Vector512<float> s = Vector512.Create((float)pair.Scale), z = Vector512.Create((float)pair.Offset), sum = Vector512<float>.Zero;
            for (nuint j = 0; j < (nuint)_values.Length; j += Lanes)
            {
                Vector512<float> b = Vector512.LoadUnsafe(ref value, j);
                Vector512<float> error = (_levels.Nearest(b, s, z) * s) + z - b;
                sum = Vector512.MultiplyAddEstimate(Vector512.LoadUnsafe(ref weight, j) * error, error, sum);
            }
            return Vector512.Sum(sum);
        }
    }
}
