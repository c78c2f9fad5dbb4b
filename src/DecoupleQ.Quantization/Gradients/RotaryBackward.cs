using System.Numerics.Tensors;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of <see cref="Rotary"/>: the transpose of a rotation is the rotation by the opposite angle.</summary>
internal static class RotaryBackward
{
    /// <summary>Turns dY into dX where it lies.</summary>
    /// <param name="gradient">rows x (heads x headSize), sequence after sequence.</param>
    /// <param name="rows">Number of rows, a multiple of a sequence's tokens.</param>
    /// <param name="heads">Heads in a row.</param>
    /// <param name="headSize">Features of a head, even.</param>
    /// <param name="cosines">tokens of a sequence x (headSize / 2), of the forward pass.</param>
    /// <param name="sines">As <paramref name="cosines"/>.</param>
    /// <param name="workers">The team.</param>
    public static void Run(
        float[] gradient, int rows, int heads, int headSize, ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines, Workers workers)
    {
        int half = headSize / 2, width = heads * headSize, tokens = cosines.Length / half;
        var opposite = new float[tokens * half];
        TensorPrimitives.Negate(sines.Span[..opposite.Length], opposite);
        TokenRows.For(rows, width, workers, range =>
        {
            for (int start = range.Start.Value; start < range.End.Value; start += width)
            {
                int angle = start / width % tokens * half;
                Span<float> row = gradient.AsSpan(start, width);
                Rotary.Apply(row, heads, headSize, cosines.Span.Slice(angle, half), opposite.AsSpan(angle, half), row);
            }
        });
    }
}
