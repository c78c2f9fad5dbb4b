using System.Numerics;
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

    /// <summary>The place of the first of 16-bit patterns of <paramref name="type"/> (F16 or BF16) that stands for infinity or NaN; -1 if none does.</summary>
    public static int IndexOfNotFinite(ElementType type, ReadOnlySpan<ushort> bits)
    {
        ushort exponent = ExponentOf(type);
        int i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var mask = new Vector<ushort>(exponent);
            while (i <= bits.Length - Vector<ushort>.Count && !Vector.EqualsAny(new Vector<ushort>(bits[i..]) & mask, mask))
            {
                i += Vector<ushort>.Count;
            }
        }
        for (; i < bits.Length; i++)
        {
            if ((bits[i] & exponent) == exponent)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Whether a 16-bit pattern of <paramref name="type"/> (F16 or BF16) stands for NaN.</summary>
    public static bool IsNaN(ElementType type, ushort bits) => (bits & 0x7FFF) > ExponentOf(type);

    private static ushort ExponentOf(ElementType type) => (ushort)(type == ElementType.F16 ? 0x7C00 : 0x7F80);

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
