using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// A start of the alternation that needs no product with H (NeUQI, arXiv 2505.17595): for each group the (s, z) of least
/// <c>sum over j of d[j] (s Q(b[j]) + z - b[j])^2</c>, Q the nearest level, over s on a grid, coarse and then fine about its best, and for each s over every
/// real z. A few rounds of rounding and weighted least squares then free s of its grid.
/// </summary>
/// <remarks>
/// As z grows past <c>b[j] - s (k + 1/2)</c>, weight j goes from level k + 1 to k. Between two such points the error is a parabola in z, whose sums change
/// by one weight from one to the next: going through them in order meets the least error of all z. Sorted weights make them a merge of one list a boundary.
/// The paper's weights d are the diagonal of H; here they are, as in <see cref="DiagonalSearch"/>, that of the LDLQ factorisation, what an error of a weight is
/// worth where later ones make good what they can: layers end 1 % lower. With so many levels that clamping hardly matters, only z within a level of the middle
/// of the range are gone through: beyond, the error repeats itself.
/// </remarks>
internal static class Neuqi
{
    // Scales of p (max - min) / (levels - 1), p = Ratio^0, Ratio^1, ..: the fewer levels, the further outliers are worth leaving outside.
    private const double Ratio = 0.8;
    private const int FineSteps = 3;
    private const int Refinements = 4;

    // With more boundaries than this between levels, only those near the middle are gone through.
    private const int MostBoundaries = 15;

    /// <summary>s and z of every group. A group of zeros gets s = z = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">The weights.</param>
    /// <param name="scales">s, rows x G; overwritten.</param>
    /// <param name="offsets">z, rows x G; overwritten.</param>
    public static void Find(LayerRows rows, PreparedHessian hessian, Span<float> scales, Span<float> offsets)
    {
        int size = rows.GroupSize;
        using Scratch<double> numbers = Scratch<double>.Rent(2 * size);
        using Scratch<double> points = Scratch<double>.Rent(4 * size);
        Span<double> values = numbers.Span[..size], weights = numbers.Span[size..];
        for (int g = 0; g < rows.Groups; g++)
        {
            hessian.OneThread.Cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < rows.Count; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    int column = (g * size) + j;
                    values[j] = rows.Row(i)[column];
                    weights[j] = hessian.Innovations[column];
                }
                values.Sort(weights);
                double centre = rows.Format.Symmetric ? 0 : Centre(values);
                Pair best = new Group(values, weights, centre, points.Span, rows.Format).Search();
                (scales[(i * rows.Groups) + g], offsets[(i * rows.Groups) + g]) = ((float)best.Scale, (float)best.Offset);
            }
        }
    }

    /// <summary>The real z of least error for a scale, and that error.</summary>
    /// <param name="values">b, ascending.</param>
    /// <param name="weights">Of each; not negative, not all 0.</param>
    /// <param name="scale">s, above 0.</param>
    /// <param name="format">The levels; not symmetric.</param>
    public static (double Offset, double Error) BestOffset(ReadOnlySpan<double> values, ReadOnlySpan<double> weights, double scale, QuantizationFormat format)
    {
        double[] centred = values.ToArray();
        double centre = Centre(centred);
        using Scratch<double> points = Scratch<double>.Rent(4 * values.Length);
        Pair best = new Group(centred, weights, centre, points.Span, format).BestOffset(scale);
        return (best.Offset + centre, best.Error);
    }

    // About the middle of their range, sums lose no digits to what all numbers have in common.
    private static double Centre(Span<double> values)
    {
        double centre = (values[0] + values[^1]) / 2;
        TensorPrimitives.Subtract(values, centre, values);
        return centre;
    }

    private static int CoarseSteps(int bits) => bits switch { 2 => 10, 3 => 8, 4 => 7, _ => 4 };

    private readonly record struct Pair(double Scale, double Offset, double Error);

    /// <summary>b less <paramref name="centre"/>, ascending, and the weights of a group.</summary>
    private readonly ref struct Group(
        ReadOnlySpan<double> values, ReadOnlySpan<double> weights, double centre, Span<double> points, QuantizationFormat format)
    {
        private readonly ReadOnlySpan<double> _values = values;
        private readonly ReadOnlySpan<double> _weights = weights;
        private readonly Span<double> _points = points;
        private readonly int _alpha = format.Alpha;
        private readonly int _beta = format.Beta;

        public Pair Search()
        {
            double low = _values[0], high = _values[^1];
            if (format.Symmetric || high == low)
            {
                // One number is met by any range that begins or ends with it, and levels beside it are of use to the rounding.
                float least = Math.Min(0, (float)(low + centre)), most = Math.Max(0, (float)(high + centre));
                (float scale, float offset) = MinMax.Shrunk(least, most, 1, format);
                return format.Symmetric && scale != 0 ? SearchSymmetric(Math.Abs(scale)) : new(scale, offset, 0);
            }
            double widest = (high - low) / (_beta - _alpha);
            Pair best = default;
            int steps = CoarseSteps(format.Bits), at = 0;
            for (int i = 0; i < steps; i++)
            {
                Pair found = BestOffset(widest * Math.Pow(Ratio, i));
                if (i == 0 || found.Error < best.Error)
                {
                    (best, at) = (found, i);
                }
            }
            for (int i = 1 - FineSteps; i < FineSteps; i++)
            {
                Pair found = i == 0 ? best : BestOffset(widest * Math.Pow(Ratio, at + ((double)i / FineSteps)));
                best = found.Error < best.Error ? found : best;
            }
            best = Refined(best);
            return best with { Offset = best.Offset + centre };
        }

        /// <summary>The least error over all z for a scale.</summary>
        public Pair BestOffset(double scale)
        {
            double low = _values[0], high = _values[^1];
            bool all = _beta - _alpha <= MostBoundaries;
            double from = all ? double.NegativeInfinity : ((low + high) / 2) - (scale * (_alpha + _beta) / 2.0) - scale;
            // Sums of d, of d t and of d t^2 with t = b - s w: the error is sum2 - 2 z sum1 + z^2 sum0.
            double sum0 = 0, sum1 = 0, sum2 = 0;
            for (int j = 0; j < _values.Length; j++)
            {
                double t = _values[j] - (scale * (all ? _beta : Level(_values[j], scale, from))), d = _weights[j];
                sum0 += d;
                sum1 += d * t;
                sum2 += d * t * t;
            }
            double least = sum2 - (sum1 * sum1 / sum0), best = sum1;
            if (format.Bits == 2)
            {
                MergeThree(scale, sum0, ref sum1, ref sum2, ref best, ref least);
            }
            else if (all)
            {
                Merge(scale, sum0, ref sum1, ref sum2, ref best, ref least);
            }
            else
            {
                Window(scale, from, sum0, ref sum1, ref sum2, ref best, ref least);
            }
            return new Pair(scale, best / sum0, Math.Max(0, least));
        }

        /// <summary>All boundaries: list k has b - s (k + 1/2), ascending as b is.</summary>
        private void Merge(double scale, double sum0, ref double sum1, ref double sum2, ref double best, ref double least)
        {
            int n = _values.Length, lists = _beta - _alpha;
            Span<double> heads = stackalloc double[MostBoundaries];
            Span<int> at = stackalloc int[MostBoundaries];
            for (int k = 0; k < lists; k++)
            {
                heads[k] = _values[0] - (scale * (_alpha + k + 0.5));
                at[k] = 0;
            }
            for (int passed = 0; passed < n * lists; passed++)
            {
                int first = lists - 1;
                double point = heads[first];
                for (int k = lists - 2; k >= 0; k--)
                {
                    bool earlier = heads[k] < point;
                    point = earlier ? heads[k] : point;
                    first = earlier ? k : first;
                }
                int j = at[first];
                Pass(scale * _weights[j], point, sum0, ref sum1, ref sum2, ref best, ref least);
                at[first] = ++j;
                heads[first] = j < n ? _values[j] - (scale * (_alpha + first + 0.5)) : double.PositiveInfinity;
            }
        }

        /// <summary>The same for the three boundaries of 2 bits, without a branch that cannot be foreseen.</summary>
        private void MergeThree(double scale, double sum0, ref double sum1, ref double sum2, ref double best, ref double least)
        {
            int n = _values.Length;
            Span<double> padded = _points[..(n + 1)];
            _values.CopyTo(padded);
            padded[n] = double.PositiveInfinity;
            ref double value = ref MemoryMarshal.GetReference(padded);
            ref double weight = ref MemoryMarshal.GetReference(_weights);
            double low = scale * (_alpha + 0.5), middle = scale * (_alpha + 1.5), high = scale * (_alpha + 2.5), perWeight = 1 / sum0;
            double first = sum1, second = sum2, bestFirst = best, leastError = least;
            nint i = 0, j = 0, k = 0;
            for (int passed = 0; passed < 3 * n; passed++)
            {
                double atLow = Unsafe.Add(ref value, i) - low, atMiddle = Unsafe.Add(ref value, j) - middle, atHigh = Unsafe.Add(ref value, k) - high;
                bool middleFirst = atMiddle < atHigh;
                double point = middleFirst ? atMiddle : atHigh;
                nint at = middleFirst ? j : k;
                bool lowFirst = atLow < point;
                point = lowFirst ? atLow : point;
                at = lowFirst ? i : at;
                nint ofLow = lowFirst ? 1 : 0, ofMiddle = middleFirst & !lowFirst ? 1 : 0;
                i += ofLow;
                j += ofMiddle;
                k += 1 - ofLow - ofMiddle;
                double change = scale * Unsafe.Add(ref weight, at);
                first += change;
                second += 2 * change * point;
                double error = second - (first * first * perWeight);
                bool better = error < leastError;
                leastError = better ? error : leastError;
                bestFirst = better ? first : bestFirst;
            }
            (sum1, sum2, best, least) = (first, second, bestFirst, leastError);
        }

        /// <summary>The boundaries of two levels' width from where it begins.</summary>
        private void Window(double scale, double from, double sum0, ref double sum1, ref double sum2, ref double best, ref double least)
        {
            int n = _values.Length, count = 0;
            Span<double> points = _points[..(2 * n)], weights = _points.Slice(2 * n, 2 * n);
            for (int j = 0; j < n; j++)
            {
                int level = Level(_values[j], scale, from);
                for (int k = level - 1; k >= Math.Max(_alpha, level - 2); k--)
                {
                    (points[count], weights[count]) = (_values[j] - (scale * (k + 0.5)), _weights[j]);
                    count++;
                }
            }
            points[..count].Sort(weights[..count]);
            for (int p = 0; p < count; p++)
            {
                Pass(scale * weights[p], points[p], sum0, ref sum1, ref sum2, ref best, ref least);
            }
        }

        private static void Pass(double change, double point, double sum0, ref double sum1, ref double sum2, ref double best, ref double least)
        {
            sum1 += change;
            sum2 += 2 * change * point;
            // At the parabola's lowest point, be it beyond the next boundary: the error of the nearest levels there is no greater, and is met later.
            double error = sum2 - (sum1 * sum1 / sum0);
            bool better = error < least;
            least = better ? error : least;
            best = better ? sum1 : best;
        }

        private Pair SearchSymmetric(double widest)
        {
            Pair best = default;
            // Without an offset to search, scales can lie closer. The longer side of the levels may lie on either side of zero.
            for (int i = 0; i < 2 * FineSteps * CoarseSteps(format.Bits); i++)
            {
                Pair found = Refined(WithError(widest * Math.Pow(Ratio, (double)(i / 2) / FineSteps) * (i % 2 == 0 ? 1 : -1), 0));
                best = i == 0 || found.Error < best.Error ? found : best;
            }
            return best;
        }

        /// <summary>Rounding and weighted least squares in turn, as long as that helps.</summary>
        private Pair Refined(Pair pair)
        {
            for (int refinement = 0; refinement < Refinements; refinement++)
            {
                double d0 = 0, dw = 0, dww = 0, db = 0, dwb = 0;
                for (int j = 0; j < _values.Length; j++)
                {
                    double w = Level(_values[j], pair.Scale, pair.Offset), d = _weights[j], b = _values[j];
                    (d0, dw, dww, db, dwb) = (d0 + d, dw + (d * w), dww + (d * w * w), db + (d * b), dwb + (d * w * b));
                }
                double determinant = format.Symmetric ? dww : (d0 * dww) - (dw * dw);
                // Where all integers are equal the pair cannot be told apart, and stays.
                if (!(determinant > 1e-9 * d0 * dww))
                {
                    return pair;
                }
                double scale = format.Symmetric ? dwb / dww : ((d0 * dwb) - (dw * db)) / determinant;
                Pair refined = WithError(scale, format.Symmetric ? 0 : (db - (dw * scale)) / d0);
                if (!(refined.Error < pair.Error))
                {
                    return pair;
                }
                pair = refined;
            }
            return pair;
        }

        private Pair WithError(double scale, double offset)
        {
            double sum = 0;
            for (int j = 0; j < _values.Length; j++)
            {
                double error = (scale * Level(_values[j], scale, offset)) + offset - _values[j];
                sum += _weights[j] * error * error;
            }
            return new Pair(scale, offset, sum);
        }

        private int Level(double value, double scale, double offset) => (int)Math.Clamp(Math.Floor(((value - offset) / scale) + 0.5), _alpha, _beta);
    }
}
