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
    /// A group whose integers are all equal stands for one value: a scale too small for F16 says nothing there and is made 0, the value goes into z. In a
    /// symmetric format, which has no z, only where that value is 0.
    /// </summary>
    public static void ClearIdleScales(QuantizationFormat format, int inputs, ReadOnlySpan<sbyte> integers, Span<float> scales, Span<float> offsets)
    {
        int groupSize = format.ColumnsPerGroup(inputs);
        for (int g = 0; g < scales.Length; g++)
        {
            ReadOnlySpan<sbyte> group = integers.Slice(g * groupSize, groupSize);
            if (format.Symmetric && group[0] != 0)
            {
                continue;
            }
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
            if (format.Symmetric)
            {
                // alpha is a power of two: alpha s is as exact as s.
                (scales[g], offsets[g]) = (FloatFormat.Round(type, scales[g]), 0);
                continue;
            }
            float bias = FloatFormat.Round(type, (float)Bias(format, scales[g], offsets[g]));
            (scales[g], offsets[g]) = Exact(FloatFormat.Round(type, scales[g]), bias, format.Alpha);
        }
    }

    private static double Bias(QuantizationFormat format, float scale, float offset) => offset + (format.Alpha * (double)scale);

    /// <summary>
    /// s and z of a stored pair. Where float32 has not the digits for <c>z = bias - alpha s</c>, alpha s and the bias first lose what lies below z's last
    /// digit: then all three are multiples of it, and the pair is still of its type.
    /// </summary>
    private static (float Scale, float Offset) Exact(float scale, float bias, int alpha)
    {
        double scaled = alpha * (double)scale, offset = bias - scaled;
        if ((float)offset == offset && bias - offset == scaled)
        {
            return (scale, (float)offset);
        }
        double digit = Math.ScaleB(1, Math.ILogB(offset) - 23);
        scaled = Math.Round(scaled / digit) * digit;
        return ((float)(scaled / alpha), (float)((Math.Round(bias / digit) * digit) - scaled));
    }
}
