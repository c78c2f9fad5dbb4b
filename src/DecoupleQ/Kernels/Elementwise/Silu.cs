using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Elementwise;

/// <summary>The sigmoid linear unit, <c>y = x / (1 + exp(-x))</c>.</summary>
internal static class Silu
{
    private const int Chunk = 512;

    /// <param name="input">Any number of elements.</param>
    /// <param name="output">As <paramref name="input"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        Span<float> sigmoid = stackalloc float[Chunk];
        for (int start = 0; start < input.Length; start += Chunk)
        {
            ReadOnlySpan<float> x = input.Slice(start, Math.Min(Chunk, input.Length - start));
            TensorPrimitives.Sigmoid(x, sigmoid);
            TensorPrimitives.Multiply(x, sigmoid[..x.Length], output.Slice(start, x.Length));
        }
    }

    /// <summary>The gate of SwiGLU: <c>y = silu(gate) * up</c>.</summary>
    /// <param name="gate">Any number of elements.</param>
    /// <param name="up">As <paramref name="gate"/>.</param>
    /// <param name="output">As <paramref name="gate"/>; may be the memory of either.</param>
    public static void Gate(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> output)
    {
        Span<float> activated = stackalloc float[Chunk];
        for (int start = 0; start < gate.Length; start += Chunk)
        {
            int count = Math.Min(Chunk, gate.Length - start);
            Span<float> some = activated[..count];
            TensorPrimitives.Sigmoid(gate.Slice(start, count), some);
            TensorPrimitives.Multiply(some, gate.Slice(start, count), some);
            TensorPrimitives.Multiply(some, up.Slice(start, count), output.Slice(start, count));
        }
    }
}
