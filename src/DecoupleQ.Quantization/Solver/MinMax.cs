using System.Numerics.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Scales and offsets from the range of each group, the range forced to include 0 (algorithm: <c>s = (max - min) / (beta - alpha)</c>,
/// <c>z = min - alpha s</c>).
/// </summary>
internal static class MinMax
{
    /// <summary>s and z of every group. A group of zeros gets s = z = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="scales">s, rows x G; overwritten.</param>
    /// <param name="offsets">z, rows x G; overwritten.</param>
    public static void Start(LayerRows rows, Span<float> scales, Span<float> offsets)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<float> row = rows.Row(i);
            for (int g = 0; g < rows.Groups; g++)
            {
                (float low, float high) = Range(row.Slice(g * rows.GroupSize, rows.GroupSize));
                (scales[(i * rows.Groups) + g], offsets[(i * rows.Groups) + g]) = Shrunk(low, high, 1, rows.Format);
            }
        }
    }

    /// <summary>min(0, lowest) and max(0, highest).</summary>
    public static (float Low, float High) Range(ReadOnlySpan<float> group) =>
        (Math.Min(0f, TensorPrimitives.Min(group)), Math.Max(0f, TensorPrimitives.Max(group)));

    /// <summary>
    /// s and z for the range [p low, p high]; in a symmetric format for [-p max, p max] with max the larger magnitude, signed so that alpha, of which there is
    /// one more level, stands on its side.
    /// </summary>
    public static (float Scale, float Offset) Shrunk(float low, float high, double p, QuantizationFormat format)
    {
        if (format.Symmetric)
        {
            double size = p * 2 * Math.Max(-(double)low, high) / (format.Beta - format.Alpha);
            return ((float)(high > -low ? -size : size), 0);
        }
        double scale = p * ((double)high - low) / (format.Beta - format.Alpha);
        return ((float)scale, (float)((p * low) - (format.Alpha * scale)));
    }
}
