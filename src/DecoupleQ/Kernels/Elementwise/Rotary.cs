using System.Numerics;

namespace DecoupleQ.Kernels.Elementwise;

/// <summary>Rotary position embedding in the half-split convention of Hugging Face: feature i of a head is rotated with feature i + headSize/2.</summary>
internal static class Rotary
{
    /// <param name="input">tokens x (heads x headSize).</param>
    /// <param name="heads">Heads in a row.</param>
    /// <param name="headSize">Features of a head, even.</param>
    /// <param name="cosines">tokens x (headSize / 2): cosines of the token's position times the frequency.</param>
    /// <param name="sines">As <paramref name="cosines"/>.</param>
    /// <param name="output">As <paramref name="input"/>; may be the same memory.</param>
    public static void Apply(ReadOnlySpan<float> input, int heads, int headSize, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, Span<float> output)
    {
        int half = headSize / 2, width = heads * headSize;
        for (int t = 0; t < input.Length / width; t++)
        {
            ReadOnlySpan<float> c = cosines.Slice(t * half, half), s = sines.Slice(t * half, half);
            for (int h = 0; h < heads; h++)
            {
                int first = (t * width) + (h * headSize);
                Rotate(input.Slice(first, half), input.Slice(first + half, half), c, s, output.Slice(first, half), output.Slice(first + half, half));
            }
        }
    }

    private static void Rotate(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> s, Span<float> left, Span<float> right)
    {
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = new(a[i..]), y = new(b[i..]), cosine = new(c[i..]), sine = new(s[i..]);
            ((x * cosine) - (y * sine)).CopyTo(left[i..]);
            ((y * cosine) + (x * sine)).CopyTo(right[i..]);
        }
        for (; i < a.Length; i++)
        {
            float x = a[i], y = b[i];
            left[i] = (x * c[i]) - (y * s[i]);
            right[i] = (y * c[i]) + (x * s[i]);
        }
    }
}
