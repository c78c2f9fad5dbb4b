using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>Refuses values that a 16-bit type turns into infinity.</summary>
internal static class EncodingRange
{
    private const ushort HalfExponent = 0x7C00, BFloat16Exponent = 0x7F80;

    /// <summary>Holds what was encoded against what it was encoded from.</summary>
    /// <param name="type">F16 or BF16.</param>
    /// <param name="values">The values.</param>
    /// <param name="encoded">Their bit patterns.</param>
    /// <param name="file">The file that the tensor is from.</param>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="DecoupleQException">A finite value has become infinite.</exception>
    public static void Check(ElementType type, ReadOnlySpan<float> values, ReadOnlySpan<ushort> encoded, string file, string tensor)
    {
        ushort exponent = type == ElementType.F16 ? HalfExponent : BFloat16Exponent;
        for (int i = 0; i < values.Length; i++)
        {
            if ((encoded[i] & exponent) == exponent && float.IsFinite(values[i]))
            {
                throw new DecoupleQException(
                    $"The value {values[i]} is beyond the range of {type}.", file, tensor,
                    type == ElementType.F16 ? "BF16 or F32 for such weights" : "F32 for such weights");
            }
        }
    }
}
