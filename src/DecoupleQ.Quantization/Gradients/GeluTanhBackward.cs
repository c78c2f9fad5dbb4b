using System.Numerics.Tensors;
using DecoupleQ.Kernels;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>
/// The gradient of <see cref="GeluTanh"/>: with <c>p = sigmoid(v)</c>, <c>v = a (x + b x^3)</c>, <c>dx = dy p (1 + (1 - p) (a x + 3 a b x^3))</c>.
/// </summary>
internal static class GeluTanhBackward
{
    private const int Block = 512;

    /// <summary>Turns dY into dX where it lies.</summary>
    public static void Run(ReadOnlySpan<float> input, Span<float> gradient)
    {
        using Scratch<float> first = Scratch<float>.Rent(Block), second = Scratch<float>.Rent(Block), third = Scratch<float>.Rent(Block);
        for (int start = 0; start < input.Length; start += Block)
        {
            int count = Math.Min(Block, input.Length - start);
            ReadOnlySpan<float> x = input.Slice(start, count);
            Span<float> dy = gradient.Slice(start, count), p = first.Span[..count], slope = second.Span[..count], rest = third.Span[..count];
            GeluTanh.Share(x, p);
            TensorPrimitives.Multiply(dy, p, dy);
            TensorPrimitives.Multiply(x, x, slope);
            TensorPrimitives.Multiply(slope, 3 * GeluTanh.Slope * GeluTanh.Cubic, slope);
            TensorPrimitives.Add(slope, GeluTanh.Slope, slope);
            TensorPrimitives.Multiply(slope, x, slope);
            TensorPrimitives.Subtract(1f, p, rest);
            TensorPrimitives.MultiplyAdd(slope, rest, 1f, slope);
            TensorPrimitives.Multiply(dy, slope, dy);
        }
    }
}
