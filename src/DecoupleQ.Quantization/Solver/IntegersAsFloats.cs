namespace DecoupleQ.Quantization.Solver;

/// <summary>w as the operand of a matrix product.</summary>
internal static class IntegersAsFloats
{
    public static void Convert(ReadOnlySpan<sbyte> integers, Span<float> floats)
    {
        for (int i = 0; i < integers.Length; i++)
        {
            floats[i] = integers[i];
        }
    }
}
