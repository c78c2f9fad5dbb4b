namespace DecoupleQ.Kernels;

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
            for (int h = 0; h < heads; h++)
            {
                for (int i = 0; i < half; i++)
                {
                    float c = cosines[(t * half) + i], s = sines[(t * half) + i];
                    int first = (t * width) + (h * headSize) + i;
                    float a = input[first], b = input[first + half];
                    output[first] = (a * c) - (b * s);
                    output[first + half] = (b * c) + (a * s);
                }
            }
        }
    }
}
