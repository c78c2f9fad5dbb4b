using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The start of the alternation: of the factors <c>p = 1 - i/200</c>, one for all groups of a row, the one whose shrunk range [p min, p max] gives nearest rounding the
/// lowest f.
/// </summary>
/// <remarks>
/// <para>
/// With the min-max s and z of p = 1, <c>b_hat(p) = p q(p)</c>, <c>q = s w(p) + z</c>: only the integers depend on p in a way that needs work, and as p falls each
/// moves one way and seldom. So <c>v = R^T q</c> is carried from p to p and a changed integer adds one row of R to it; then <c>f = || p v - R^T b ||^2</c>.
/// A row costs about as much as two or three products with H, not 160.
/// </para>
/// <para>It is done for 64 columns of R at a time, so that v stays in registers and that strip of R in the cache for all rows of the chunk.</para>
/// </remarks>
internal static class ShrinkSearch
{
    /// <summary>p goes down in steps of 1 / Grid.</summary>
    public const int Grid = 200;

    private const int Chunk = 32;
    private const int Strip = 64;
    private const int Lanes = 16;

    /// <summary>s and z of the best p of each row.</summary>
    /// <param name="rows">B.</param>
    /// <param name="hessian">H.</param>
    /// <param name="steps">How many p are tried, from 1 down.</param>
    /// <param name="scales">s, rows x G; overwritten.</param>
    /// <param name="offsets">z, rows x G; overwritten.</param>
    /// <param name="best">i of the best p of each row, the lowest of equals; overwritten.</param>
    public static void Find(LayerRows rows, PreparedHessian hessian, int steps, Span<float> scales, Span<float> offsets, Span<int> best)
    {
        var changes = new Changes[Math.Min(Chunk, rows.Count)];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = new Changes(steps, rows.Inputs);
        }
        using Scratch<double> losses = Scratch<double>.Rent(changes.Length * steps);
        for (int first = 0; first < rows.Count; first += Chunk)
        {
            LayerRows chunk = rows.Slice(first, Math.Min(Chunk, rows.Count - first));
            for (int i = 0; i < chunk.Count; i++)
            {
                changes[i].Find(chunk.Row(i), chunk.GroupSize, chunk.Format);
            }
            losses.Span.Clear();
            Evaluate(chunk, hessian, steps, changes, losses.Span);
            for (int i = 0; i < chunk.Count; i++)
            {
                ReadOnlySpan<double> ofRow = losses.Span.Slice(i * steps, steps);
                int lowest = 0;
                for (int step = 1; step < steps; step++)
                {
                    if (ofRow[step] < ofRow[lowest])
                    {
                        lowest = step;
                    }
                }
                best[first + i] = lowest;
            }
        }
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = rows.Row(i);
            for (int g = 0; g < rows.Groups; g++)
            {
                (float low, float high) = MinMax.Range(row.Slice(g * rows.GroupSize, rows.GroupSize));
                (scales[(i * rows.Groups) + g], offsets[(i * rows.Groups) + g]) = MinMax.Shrunk(low, high, Factor(best[i]), rows.Format);
            }
        }
    }

    /// <summary>p of a step.</summary>
    public static double Factor(int step) => 1 - ((double)step / Grid);

    /// <summary>Adds f of each row of a chunk and each p to <paramref name="losses"/> (rows x steps).</summary>
    private static void Evaluate(LayerRows chunk, PreparedHessian hessian, int steps, Changes[] changes, Span<double> losses)
    {
        UpperPanels factor = hessian.Factor;
        using Scratch<float> aims = Scratch<float>.Rent(chunk.Count * factor.PanelWidth);
        using Scratch<float> strip = Scratch<float>.Rent(chunk.Inputs * Strip);
        Span<float> aim = stackalloc float[Strip];
        for (int p = 0; p < factor.Count; p++)
        {
            int width = factor.Width(p);
            factor.Multiply(chunk.Weights, chunk.Count, p, aims.Span, RowSlabs.OneThread);
            for (int column = 0; column < width; column += Strip)
            {
                int stripWidth = Math.Min(Strip, width - column);
                int stripRows = factor.FirstColumn(p) + column + stripWidth;
                CopyStrip(factor.Panel(p), width, column, stripWidth, stripRows, strip.Span);
                for (int i = 0; i < chunk.Count; i++)
                {
                    aim.Clear();
                    aims.Span.Slice((i * width) + column, stripWidth).CopyTo(aim);
                    changes[i].AddLosses(strip.Span[..(stripRows * Strip)], stripRows, aim, losses.Slice(i * steps, steps));
                }
            }
        }
    }

    /// <summary>A strip of a panel by itself, 64 wide, padded with zeros.</summary>
    private static void CopyStrip(ReadOnlySpan<float> panel, int panelWidth, int column, int width, int rows, Span<float> strip)
    {
        if (width < Strip)
        {
            strip.Clear();
        }
        for (int i = 0; i < rows; i++)
        {
            panel.Slice((i * panelWidth) + column, width).CopyTo(strip[(i * Strip)..]);
        }
    }

    /// <summary>The changes of one row's q from p to p, in the order of p and, for one p, of the columns.</summary>
    private sealed class Changes(int steps, int inputs)
    {
        private readonly int[] ends = new int[steps];
        private readonly float[] current = new float[inputs];
        private int[] columns = new int[2 * inputs];
        private float[] deltas = new float[2 * inputs];

        /// <summary>Finds them. The first p sets all of q.</summary>
        public void Find(ReadOnlySpan<float> row, int groupSize, QuantizationFormat format)
        {
            var levels = new Levels(format);
            int count = 0;
            Span<(float Low, float High, float Scale, float Offset)> groups = new (float, float, float, float)[row.Length / groupSize];
            for (int g = 0; g < groups.Length; g++)
            {
                (float low, float high) = MinMax.Range(row.Slice(g * groupSize, groupSize));
                (float scale, float offset) = MinMax.Shrunk(low, high, 1, format);
                groups[g] = (low, high, scale, offset);
            }
            for (int step = 0; step < steps; step++)
            {
                Reserve(count + row.Length);
                for (int g = 0; g < groups.Length; g++)
                {
                    (float s, float z) = MinMax.Shrunk(groups[g].Low, groups[g].High, Factor(step), format);
                    int start = g * groupSize, end = start + groupSize, j = start;
                    for (; step > 0 && j + Lanes <= end; j += Lanes)
                    {
                        Vector512<float> w = levels.Nearest(Vector512.Create(row.Slice(j, Lanes)), Vector512.Create(s), Vector512.Create(z));
                        Vector512<float> old = Vector512.Create(current.AsSpan(j, Lanes));
                        for (ulong changed = (~Vector512.Equals(w, old)).ExtractMostSignificantBits(); changed != 0; changed &= changed - 1)
                        {
                            int lane = BitOperations.TrailingZeroCount(changed);
                            Add(ref count, j + lane, groups[g].Scale * (w[lane] - old[lane]));
                        }
                        w.CopyTo(current.AsSpan(j, Lanes));
                    }
                    for (; j < end; j++)
                    {
                        float w = levels.Nearest(row[j], s, z);
                        if (step == 0)
                        {
                            Add(ref count, j, (groups[g].Scale * w) + groups[g].Offset);
                        }
                        else if (w != current[j])
                        {
                            Add(ref count, j, groups[g].Scale * (w - current[j]));
                        }
                        current[j] = w;
                    }
                }
                ends[step] = count;
            }
        }

        /// <summary>Adds to the loss of each p what these 64 columns of R contribute.</summary>
        /// <param name="strip">rows x 64.</param>
        /// <param name="rows">Rows of the strip; R is zero in its columns below them.</param>
        /// <param name="aim">R^T b, 64 elements.</param>
        /// <param name="losses">One a step.</param>
        public void AddLosses(ReadOnlySpan<float> strip, int rows, ReadOnlySpan<float> aim, Span<double> losses)
        {
            if (strip.Length < rows * Strip || rows > current.Length || losses.Length < ends.Length)
            {
                throw new ArgumentException("The strip is shorter than its rows.", nameof(strip));
            }
            ref float r = ref MemoryMarshal.GetReference(strip);
            Vector512<float> y0 = Vector512.Create(aim), y1 = Vector512.Create(aim[Lanes..]);
            Vector512<float> y2 = Vector512.Create(aim[(2 * Lanes)..]), y3 = Vector512.Create(aim[(3 * Lanes)..]);
            Vector512<float> v0 = Vector512<float>.Zero, v1 = v0, v2 = v0, v3 = v0;
            int at = 0;
            for (int step = 0; step < ends.Length; step++)
            {
                int end = ends[step];
                // Within a step the columns increase, and beyond the strip's rows R is zero.
                for (; at < end && columns[at] < rows; at++)
                {
                    Vector512<float> delta = Vector512.Create(deltas[at]);
                    nuint row = (nuint)(columns[at] * Strip);
                    v0 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row), v0);
                    v1 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + Lanes), v1);
                    v2 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + (2 * Lanes)), v2);
                    v3 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + (3 * Lanes)), v3);
                }
                at = end;
                Vector512<float> p = Vector512.Create((float)Factor(step));
                Vector512<float> t0 = (p * v0) - y0, t1 = (p * v1) - y1, t2 = (p * v2) - y2, t3 = (p * v3) - y3;
                losses[step] += Vector512.Sum((t0 * t0) + (t1 * t1) + ((t2 * t2) + (t3 * t3)));
            }
        }

        private void Add(ref int count, int column, float delta)
        {
            columns[count] = column;
            deltas[count] = delta;
            count++;
        }

        private void Reserve(int count)
        {
            if (count > columns.Length)
            {
                Array.Resize(ref columns, Math.Max(count, 2 * columns.Length));
                Array.Resize(ref deltas, columns.Length);
            }
        }
    }
}
