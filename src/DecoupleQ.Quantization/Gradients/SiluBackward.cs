using System.Numerics.Tensors;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of <see cref="Silu"/>: with <c>p = sigmoid(x)</c>, <c>dx = dy p (1 + x (1 - p))</c>.</summary>
internal static class SiluBackward
{
    private const int Block = 512;

    /// <summary>Turns dY into dX where it lies.</summary>
    public static void Run(ReadOnlySpan<float> input, Span<float> gradient)
    {
        using Scratch<float> first = Scratch<float>.Rent(Block), second = Scratch<float>.Rent(Block);
        for (int start = 0; start < input.Length; start += Block)
        {
            int count = Math.Min(Block, input.Length - start);
            ReadOnlySpan<float> x = input.Slice(start, count);
            Span<float> dy = gradient.Slice(start, count), p = first.Span[..count], slope = second.Span[..count];
            TensorPrimitives.Sigmoid(x, p);
            TensorPrimitives.Multiply(dy, p, dy);
            TensorPrimitives.Subtract(1f, p, slope);
            TensorPrimitives.MultiplyAdd(slope, x, 1f, slope);
            TensorPrimitives.Multiply(dy, slope, dy);
        }
    }
}
