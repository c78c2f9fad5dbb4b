using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Inference;

/// <summary>Keys and values as a format stores them, so that only arithmetic differs from an oracle's.</summary>
internal static class StoredNumbers
{
    public static float[] Of(float[] numbers, KeyValueFormat format, int headSize) => format switch
    {
        KeyValueFormat.F16 => Array.ConvertAll(numbers, n => (float)(Half)n),
        KeyValueFormat.F32 => numbers,
        _ => [.. numbers.Chunk(headSize).SelectMany(EightBits)],
    };

    private static IEnumerable<float> EightBits(float[] head)
    {
        float scale = head.Max(Math.Abs) / 127;
        return head.Select(n => scale == 0 ? 0 : MathF.Round(n / scale) * scale);
    }
}
