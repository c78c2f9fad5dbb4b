using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DecoupleQ.Generation.Sampling;

/// <summary>Vectors of an array of logits.</summary>
internal static class Lanes
{
    /// <summary>The elements from <paramref name="start"/> on; where they end within the vector, minus infinity follows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> At(ReadOnlySpan<float> elements, int start) => start <= elements.Length - Vector<float>.Count
        ? Vector.LoadUnsafe(ref MemoryMarshal.GetReference(elements), (nuint)start)
        : Last(elements[start..]);

    private static Vector<float> Last(ReadOnlySpan<float> elements)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        padded.Fill(float.NegativeInfinity);
        elements.CopyTo(padded);
        return new Vector<float>(padded);
    }
}
