using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Rounds (s, z) to what is stored: <c>scales = s</c> and <c>biases = z + alpha s</c> in a given type. The s and z left are those of the stored pair, so that
/// computing the pair from them again is exact.
/// </summary>
internal static class StoredPair
{
    /// <summary>The smallest scale that has all of F16's digits.</summary>
    public const float SmallestHalfScale = 1f / (1 << 14);

    private const float SmallestSingle = 1e-45f;

    /// <summary>The type that fits all groups: <paramref name="wanted"/>, or F32 where a value is beyond F16 or a scale is too small for it.</summary>
    /// <param name="format">Bits and groups.</param>
    /// <param name="scales">s.</param>
    /// <param name="offsets">z.</param>
    /// <param name="wanted">F16 or F32.</param>
    public static ElementType Type(QuantizationFormat format, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, ElementType wanted)
    {
        for (int g = 0; wanted == ElementType.F16 && g < scales.Length; g++)
        {
            float scale = Math.Abs(scales[g]);
            bool fits = (scale == 0 || scale >= SmallestHalfScale) && Half.IsFinite((Half)scale) && Half.IsFinite((Half)Bias(format, scales[g], offsets[g]));
            if (!fits)
            {
                return ElementType.F32;
            }
        }
        return wanted;
    }

    /// <summary>
    /// A group whose integers are all equal stands for one value: a scale too small for F16 says nothing there and is made 0, the value goes into z.
    /// </summary>
    public static void ClearIdleScales(QuantizationFormat format, int inputs, ReadOnlySpan<sbyte> integers, Span<float> scales, Span<float> offsets)
    {
        int groupSize = format.ColumnsPerGroup(inputs);
        for (int g = 0; g < scales.Length; g++)
        {
            ReadOnlySpan<sbyte> group = integers.Slice(g * groupSize, groupSize);
            if (Math.Abs(scales[g]) < SmallestHalfScale && !group.ContainsAnyExcept(group[0]))
            {
                offsets[g] = (float)(((double)scales[g] * group[0]) + offsets[g]);
                scales[g] = 0;
            }
        }
    }

    /// <summary>Rounds every group.</summary>
    /// <param name="format">Bits and groups.</param>
    /// <param name="type">F16 or F32.</param>
    /// <param name="scales">s.</param>
    /// <param name="offsets">z.</param>
    public static void Round(QuantizationFormat format, ElementType type, Span<float> scales, Span<float> offsets)
    {
        for (int g = 0; g < scales.Length; g++)
        {
            double bias = Bias(format, scales[g], offsets[g]);
            (double s, double b) = type == ElementType.F16
                ? ((double)(Half)scales[g], (double)(Half)bias)
                : OnOneGrid(format.Alpha * (double)scales[g], bias, format.Alpha);
            scales[g] = (float)s;
            // Where float32 has no room for b - alpha s, the pair of the rounded z is another F16 or grid value, one unit of z's last digit away.
            offsets[g] = (float)(b - (format.Alpha * s));
        }
    }

    private static double Bias(QuantizationFormat format, float scale, float offset) => offset + (format.Alpha * (double)scale);

    /// <summary>
    /// alpha s and the bias as multiples of a power of two that leaves their difference 24 binary digits, so that s, z and z + alpha s all are float32 numbers.
    /// </summary>
    private static (double Scale, double Bias) OnOneGrid(double scaleTimesAlpha, double bias, int alpha)
    {
        double largest = Math.Max(Math.Abs(scaleTimesAlpha), Math.Abs(bias));
        if (largest == 0)
        {
            return (0, 0);
        }
        double grid = Math.Max(Math.ScaleB(1, Math.ILogB(largest) - 22), -alpha * (double)SmallestSingle);
        return (Math.Round(scaleTimesAlpha / grid) * grid / alpha, Math.Round(bias / grid) * grid);
    }
}
