using System.Numerics.Tensors;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Writes keys and values into pages.</summary>
internal static unsafe class PageWriter
{
    private const float LargestHalf = 65504;

    /// <summary>Writes one head's key and value of one position.</summary>
    /// <param name="layout">The page's layout.</param>
    /// <param name="page">The page.</param>
    /// <param name="slot">The position's place in the page, 0 to 63.</param>
    /// <param name="head">The head.</param>
    /// <param name="key">KeySize numbers.</param>
    /// <param name="value">ValueSize numbers.</param>
    /// <returns>Whether all of them can be stored: in half precision a finite number may be too large.</returns>
    public static bool Write(in PageLayout layout, byte* page, int slot, int head, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
    {
        switch (layout.Format)
        {
            case KeyValueFormat.F32:
                var singles = (float*)(page + layout.Keys(head)) + slot;
                for (int i = 0; i < key.Length; i++)
                {
                    singles[i * PageLayout.Positions] = key[i];
                }
                value.CopyTo(new Span<float>((float*)(page + layout.Values(head)) + ((nint)slot * value.Length), value.Length));
                return true;

            case KeyValueFormat.F16:
                WriteHalves(layout, page, slot, head, key, value);
                return Fits(key) && Fits(value);

            default:
                var keys = (sbyte*)(page + layout.Keys(head)) + slot;
                ((float*)(page + layout.KeyScales(head)))[slot] = WriteBytes(key, keys, PageLayout.Positions);
                var values = (sbyte*)(page + layout.Values(head)) + ((nint)slot * value.Length);
                ((float*)(page + layout.ValueScales(head)))[slot] = WriteBytes(value, values, 1);
                return true;
        }
    }

    private static void WriteHalves(in PageLayout layout, byte* page, int slot, int head, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
    {
        using Scratch scratch = Scratch.Rent<Half>(key.Length);
        var converted = new Span<Half>(scratch.Pointer, key.Length);
        TensorPrimitives.ConvertToHalf(key, converted);
        var keys = (Half*)(page + layout.Keys(head)) + slot;
        for (int i = 0; i < key.Length; i++)
        {
            keys[i * PageLayout.Positions] = converted[i];
        }
        TensorPrimitives.ConvertToHalf(value, new Span<Half>((Half*)(page + layout.Values(head)) + ((nint)slot * value.Length), value.Length));
    }

    // Not a number fits nothing, and is found where it ends up: in the logits.
    private static bool Fits(ReadOnlySpan<float> numbers) =>
        !(TensorPrimitives.MaxMagnitude(numbers) is var most && (most > LargestHalf || most < -LargestHalf));

    /// <returns>The scale.</returns>
    private static float WriteBytes(ReadOnlySpan<float> numbers, sbyte* to, int stride)
    {
        float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(numbers)) / sbyte.MaxValue;
        float inverse = scale > 0 && float.IsFinite(1 / scale) ? 1 / scale : 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            to[(nint)i * stride] = (sbyte)MathF.Round(Math.Clamp(numbers[i] * inverse, -sbyte.MaxValue, sbyte.MaxValue));
        }
        return scale;
    }
}
