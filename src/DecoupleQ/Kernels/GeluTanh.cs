using System.Numerics.Tensors;

namespace DecoupleQ.Kernels;

/// <summary>
/// The Gaussian error linear unit in its tanh form (arXiv 1606.08415): <c>y = x (1 + tanh(u)) / 2</c>, <c>u = sqrt(2 / pi) (x + 0.044715 x^3)</c>.
/// </summary>
/// <remarks><c>(1 + tanh(u)) / 2</c> is <c>sigmoid(2 u)</c>, which loses nothing where x is far below 0.</remarks>
internal static class GeluTanh
{
    /// <summary>2 sqrt(2 / pi): 2 u is this times <c>x + Cubic x^3</c>.</summary>
    public const float Slope = 1.5957691216057308f;

    /// <summary>The share of x^3.</summary>
    public const float Cubic = 0.044715f;

    private const int Chunk = 512;

    /// <param name="input">Any number of elements.</param>
    /// <param name="output">As <paramref name="input"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> input, Span<float> output)
    {
        Span<float> room = stackalloc float[Chunk];
        for (int start = 0; start < input.Length; start += Chunk)
        {
            ReadOnlySpan<float> x = input.Slice(start, Math.Min(Chunk, input.Length - start));
            Span<float> share = room[..x.Length];
            Share(x, share);
            TensorPrimitives.Multiply(x, share, output.Slice(start, x.Length));
        }
    }

    /// <summary>The share of x that is let through, <c>sigmoid(2 u)</c>.</summary>
    /// <param name="input">x.</param>
    /// <param name="share">As <paramref name="input"/>; other memory.</param>
    public static void Share(ReadOnlySpan<float> input, Span<float> share)
    {
        TensorPrimitives.Multiply(input, input, share);
        TensorPrimitives.Multiply(share, Slope * Cubic, share);
        TensorPrimitives.Add(share, Slope, share);
        TensorPrimitives.Multiply(share, input, share);
        TensorPrimitives.Sigmoid(share, share);
    }
}
