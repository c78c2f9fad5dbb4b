namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>Central differences in float64: the independent judge of a hand-derived gradient.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-4;

    /// <summary>
    /// Holds a gradient against the differences of <paramref name="loss"/> in each of (or, where there are many, some of)
    /// <paramref name="variables"/>, which the loss reads.
    /// </summary>
    public static void AssertGradient(string name, ReadOnlySpan<float> gradient, double[] variables, Func<double> loss, int most = 150)
    {
        Assert.True(gradient.Length >= variables.Length, $"{name}: the gradient is too short.");
        int stride = Math.Max(1, variables.Length / most);
        var expected = new List<double>();
        var actual = new List<double>();
        for (int i = 0; i < variables.Length; i += stride)
        {
            double before = variables[i];
            variables[i] = before + Step;
            double above = loss();
            variables[i] = before - Step;
            double below = loss();
            variables[i] = before;
            expected.Add((above - below) / (2 * Step));
            actual.Add(gradient[i]);
        }
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Count; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            Assert.True(
                difference <= (5e-5 * largest) + 1e-6,
                $"{name}: component {i * stride} is {actual[i]:G7}, by finite differences {expected[i]:G7}; the largest is {largest:G4}.");
        }
    }
}
