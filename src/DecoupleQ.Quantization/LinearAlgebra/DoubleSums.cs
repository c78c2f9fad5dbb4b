using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Quantization.LinearAlgebra;

/// <summary>Sums over float32 elements that are carried in float64, in a fixed order.</summary>
internal static class DoubleSums
{
    /// <summary>Sum of x y.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ref float a = ref MemoryMarshal.GetReference(x);
        ref float b = ref MemoryMarshal.GetReference(y);
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, y.Length);
        Vector512<double> low = Vector512<double>.Zero, high = low;
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            (Vector512<double> aLow, Vector512<double> aHigh) = Widen(ref a, i);
            (Vector512<double> bLow, Vector512<double> bHigh) = Widen(ref b, i);
            low = Vector512.MultiplyAddEstimate(aLow, bLow, low);
            high = Vector512.MultiplyAddEstimate(aHigh, bHigh, high);
        }
        double sum = Vector512.Sum(low + high);
        for (; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }
        return sum;
    }

    /// <summary>Sum of x.</summary>
    public static double Sum(ReadOnlySpan<float> x)
    {
        ref float a = ref MemoryMarshal.GetReference(x);
        Vector512<double> low = Vector512<double>.Zero, high = low;
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            (Vector512<double> aLow, Vector512<double> aHigh) = Widen(ref a, i);
            low += aLow;
            high += aHigh;
        }
        double sum = Vector512.Sum(low + high);
        for (; i < x.Length; i++)
        {
            sum += x[i];
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<double> Low, Vector512<double> High) Widen(ref float source, int offset) =>
        Vector512.Widen(Vector512.LoadUnsafe(ref source, (nuint)offset));
}
