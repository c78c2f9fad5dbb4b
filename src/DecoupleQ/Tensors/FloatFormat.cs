using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace DecoupleQ.Tensors;

/// <summary>Conversions between float32 and the stored 16-bit formats (round to nearest, ties to even).</summary>
internal static class FloatFormat
{
    /// <summary>Decodes 16-bit patterns of <paramref name="type"/> (F16 or BF16) to float32.</summary>
    public static void Decode(ElementType type, ReadOnlySpan<ushort> source, Span<float> destination)
    {
        if (type == ElementType.F16)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<ushort, Half>(source), destination);
            return;
        }
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination[..source.Length]);
        TensorPrimitives.ConvertTruncating(source, bits);
        TensorPrimitives.ShiftLeft(bits, 16, bits);
    }

    /// <summary>Encodes float32 to 16-bit patterns of <paramref name="type"/> (F16 or BF16).</summary>
    public static void Encode(ElementType type, ReadOnlySpan<float> source, Span<ushort> destination)
    {
        if (type == ElementType.F16)
        {
            TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<ushort, Half>(destination));
            return;
        }
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = EncodeBFloat16(source[i]);
        }
    }

    /// <summary>The value of <paramref name="value"/> after a round trip through <paramref name="type"/>.</summary>
    public static float Round(ElementType type, float value) => type switch
    {
        ElementType.F16 => (float)(Half)value,
        ElementType.BF16 => BitConverter.UInt32BitsToSingle((uint)EncodeBFloat16(value) << 16),
        _ => value,
    };

    /// <summary>Whether a round trip through <paramref name="type"/> changes none of <paramref name="values"/>.</summary>
    public static bool IsExact(ElementType type, ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (Round(type, value) != value)
            {
                return false;
            }
        }
        return true;
    }

    private static ushort EncodeBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return (ushort)((bits >> 16) | 0x40);
        }
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
