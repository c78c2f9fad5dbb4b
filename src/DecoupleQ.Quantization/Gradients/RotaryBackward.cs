using System.Numerics.Tensors;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of <see cref="Rotary"/>: the transpose of a rotation is the rotation by the opposite angle.</summary>
internal static class RotaryBackward
{
    /// <summary>Turns dY into dX where it lies.</summary>
    /// <param name="gradient">tokens x (heads x headSize).</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="heads">Heads in a row.</param>
    /// <param name="headSize">Features of a head, even.</param>
    /// <param name="cosines">tokens x (headSize / 2), of the forward pass.</param>
    /// <param name="sines">As <paramref name="cosines"/>.</param>
    /// <param name="workers">The team.</param>
    public static void Run(
        float[] gradient, int tokens, int heads, int headSize, ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines, Workers workers)
    {
        int half = headSize / 2, width = heads * headSize;
        var opposite = new float[tokens * half];
        TensorPrimitives.Negate(sines.Span[..opposite.Length], opposite);
        TokenRows.For(tokens, width, workers, rows =>
        {
            Range angles = (rows.Start.Value / width * half)..(rows.End.Value / width * half);
            Span<float> part = gradient.AsSpan(rows);
            Rotary.Apply(part, heads, headSize, cosines.Span[angles], opposite.AsSpan(angles), part);
        });
    }
}
