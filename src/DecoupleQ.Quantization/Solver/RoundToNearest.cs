using System.Runtime.Intrinsics;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The nearest integer of each weight by itself: <c>w = clamp(floor((b - z) / s + 1/2), alpha, beta)</c>, halves rounded up.</summary>
internal static class RoundToNearest
{
    /// <summary>w for given s and z. Where s = 0 every integer stands for z, and w = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="integers">w, rows x n; overwritten.</param>
    public static void Round(LayerRows rows, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        var levels = new Levels(rows.Format);
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = rows.Row(i);
            Span<sbyte> codes = integers.Slice(i * rows.Inputs, rows.Inputs);
            for (int j = 0; j < row.Length; j++)
            {
                int g = (i * rows.Groups) + (j / rows.GroupSize);
                codes[j] = (sbyte)levels.Nearest(row[j], scales[g], offsets[g]);
            }
        }
    }
}

/// <summary>The rounding rule, for one weight and for 16 at once with the same result.</summary>
internal readonly struct Levels(QuantizationFormat format)
{
    private readonly float alpha = format.Alpha;
    private readonly float beta = format.Beta;

    /// <summary>The integer nearest to <paramref name="value"/>, as a float.</summary>
    public float Nearest(float value, float scale, float offset)
    {
        float level = MathF.Floor(((value - offset) / scale) + 0.5f);
        // The comparisons are written so that 0 / 0 gives 0.
        return scale == 0 || float.IsNaN(level) ? 0 : level > beta ? beta : level < alpha ? alpha : level;
    }

    /// <summary>As <see cref="Nearest(float, float, float)"/>, lane by lane.</summary>
    public Vector512<float> Nearest(Vector512<float> value, Vector512<float> scale, Vector512<float> offset)
    {
        Vector512<float> level = Vector512.Floor(((value - offset) / scale) + Vector512.Create(0.5f));
        Vector512<float> clamped = Vector512.MinNative(Vector512.MaxNative(level, Vector512.Create(alpha)), Vector512.Create(beta));
        Vector512<float> usable = Vector512.Equals(level, level) & ~Vector512.Equals(scale, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(usable, clamped, Vector512<float>.Zero);
    }
}
