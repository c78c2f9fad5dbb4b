using System.Numerics.Tensors;

namespace DecoupleQ.Kernels;

/// <summary>The sigmoid linear unit, <c>y = x / (1 + exp(-x))</c>.</summary>
internal static class Silu
{
    /// <param name="input">x.</param>
    /// <param name="output">y, other memory than <paramref name="input"/>.</param>
    public static void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        TensorPrimitives.Sigmoid(input, output);
        TensorPrimitives.Multiply(output[..input.Length], input, output);
    }
}
