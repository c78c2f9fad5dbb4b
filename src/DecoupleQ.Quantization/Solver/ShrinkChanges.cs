using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The changes of one row's <c>q = s w(p) + z</c> from p to p, in the order of p and, for one p, of the columns.</summary>
/// <param name="steps">How many p there are.</param>
/// <param name="inputs">n.</param>
internal sealed class ShrinkChanges(int steps, int inputs)
{
    /// <summary>Columns of R that are worked on at once: four vectors.</summary>
    public const int Strip = 4 * Lanes;

    private const int Lanes = 16;

    private readonly int[] _ends = new int[steps];
    private readonly float[] _current = new float[inputs];
    private int[] _columns = new int[2 * inputs];
    private float[] _deltas = new float[2 * inputs];
    private int _count;

    /// <summary>Finds them.</summary>
    /// <param name="row">b.</param>
    /// <param name="groupSize">Columns that share an (s, z).</param>
    /// <param name="format">Bits and groups.</param>
    /// <param name="start">q for the first p; overwritten.</param>
    public void Find(ReadOnlySpan<float> row, int groupSize, QuantizationFormat format, Span<float> start)
    {
        var levels = new Levels(format);
        var ranges = new (float Low, float High)[row.Length / groupSize];
        var scales = new float[ranges.Length];
        for (int g = 0; g < ranges.Length; g++)
        {
            Range group = (g * groupSize)..((g + 1) * groupSize);
            ranges[g] = MinMax.Range(row[group]);
            (scales[g], float offset) = MinMax.Shrunk(ranges[g].Low, ranges[g].High, 1, format);
            levels.Nearest(row[group], scales[g], offset, _current.AsSpan(group));
            for (int j = g * groupSize; j < (g + 1) * groupSize; j++)
            {
                start[j] = (scales[g] * _current[j]) + offset;
            }
        }
        _count = 0;
        _ends[0] = 0;
        for (int step = 1; step < steps; step++)
        {
            Reserve(_count + row.Length);
            for (int g = 0; g < ranges.Length; g++)
            {
                (float s, float z) = MinMax.Shrunk(ranges[g].Low, ranges[g].High, ShrinkSearch.Factor(step), format);
                FindInGroup(row, g * groupSize, (g + 1) * groupSize, levels, s, z, scales[g]);
            }
            _ends[step] = _count;
        }
    }

    /// <summary>Adds to the loss of each p what these 64 columns of R contribute.</summary>
    /// <param name="strip">rows x 64.</param>
    /// <param name="rows">Rows of the strip; R is zero in its columns below them.</param>
    /// <param name="start">R^T q for the first p, 64 elements.</param>
    /// <param name="aim">R^T b, 64 elements.</param>
    /// <param name="losses">One a step.</param>
    public void AddLosses(ReadOnlySpan<float> strip, int rows, ReadOnlySpan<float> start, ReadOnlySpan<float> aim, Span<double> losses)
    {
        if (strip.Length < rows * Strip || rows > _current.Length || losses.Length < _ends.Length)
        {
            throw new ArgumentException("The strip is shorter than its rows.", nameof(strip));
        }
        ref float r = ref MemoryMarshal.GetReference(strip);
        Vector512<float> y0 = Vector512.Create(aim), y1 = Vector512.Create(aim[Lanes..]);
        Vector512<float> y2 = Vector512.Create(aim[(2 * Lanes)..]), y3 = Vector512.Create(aim[(3 * Lanes)..]);
        Vector512<float> v0 = Vector512.Create(start), v1 = Vector512.Create(start[Lanes..]);
        Vector512<float> v2 = Vector512.Create(start[(2 * Lanes)..]), v3 = Vector512.Create(start[(3 * Lanes)..]);
        int at = 0;
        for (int step = 0; step < _ends.Length; step++)
        {
            int end = _ends[step];
            // Within a step the columns increase, and beyond the strip's rows R is zero.
            for (; at < end && _columns[at] < rows; at++)
            {
                Vector512<float> delta = Vector512.Create(_deltas[at]);
                nuint row = (nuint)(_columns[at] * Strip);
                v0 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row), v0);
                v1 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + Lanes), v1);
                v2 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + (2 * Lanes)), v2);
                v3 = Vector512.MultiplyAddEstimate(delta, Vector512.LoadUnsafe(ref r, row + (3 * Lanes)), v3);
            }
            at = end;
            Vector512<float> p = Vector512.Create((float)ShrinkSearch.Factor(step));
            Vector512<float> t0 = (p * v0) - y0, t1 = (p * v1) - y1, t2 = (p * v2) - y2, t3 = (p * v3) - y3;
            losses[step] += Vector512.Sum((t0 * t0) + (t1 * t1) + ((t2 * t2) + (t3 * t3)));
        }
    }

    private void FindInGroup(ReadOnlySpan<float> row, int start, int end, Levels levels, float s, float z, float scale)
    {
        Vector512<float> sLanes = Vector512.Create(s), zLanes = Vector512.Create(z);
        int j = start;
        for (; j + Lanes <= end; j += Lanes)
        {
            Vector512<float> w = levels.Nearest(Vector512.Create(row[j..]), sLanes, zLanes);
            Vector512<float> old = Vector512.Create(_current.AsSpan(j));
            if (Vector512.EqualsAll(w, old))
            {
                continue;
            }
            for (ulong changed = (~Vector512.Equals(w, old)).ExtractMostSignificantBits(); changed != 0; changed &= changed - 1)
            {
                int lane = BitOperations.TrailingZeroCount(changed);
                Add(j + lane, scale * (w[lane] - old[lane]));
            }
            w.CopyTo(_current.AsSpan(j));
        }
        for (; j < end; j++)
        {
            float w = levels.Nearest(row[j], s, z);
            if (w != _current[j])
            {
                Add(j, scale * (w - _current[j]));
                _current[j] = w;
            }
        }
    }

    private void Add(int column, float delta)
    {
        _columns[_count] = column;
        _deltas[_count] = delta;
        _count++;
    }

    private void Reserve(int length)
    {
        if (length > _columns.Length)
        {
            Array.Resize(ref _columns, Math.Max(length, 2 * _columns.Length));
            Array.Resize(ref _deltas, _columns.Length);
        }
    }
}
