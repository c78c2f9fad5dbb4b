namespace DecoupleQ.Tests.Kernels;

/// <summary>Test data and comparisons.</summary>
internal static class Numbers
{
    /// <summary>Numbers from -1 to 1.</summary>
    public static T[] Uniform<T>(int length, uint seed)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var random = new Random((int)seed);
        var values = new T[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = T.CreateChecked((random.NextDouble() * 2) - 1);
        }
        return values;
    }

    /// <summary>Every element agrees within <paramref name="tolerance"/>, absolute for small numbers and relative for those above 1.</summary>
    public static void AssertClose<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, double tolerance)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double e = double.CreateChecked(expected[i]), a = double.CreateChecked(actual[i]);
            if (!(Math.Abs(e - a) <= tolerance * Math.Max(1, Math.Abs(e))))
            {
                Assert.Fail($"Element {i} of {expected.Length}: expected {e}, got {a} ({Math.Abs(e - a):G3} away, {tolerance:G3} allowed).");
            }
        }
    }
}
