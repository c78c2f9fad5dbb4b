namespace DecoupleQ.Kernels;

/// <summary>The sigmoid linear unit, <c>y = x / (1 + exp(-x))</c>.</summary>
internal static class Silu
{
    public static void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = input[i] / (1 + MathF.Exp(-input[i]));
        }
    }
}
