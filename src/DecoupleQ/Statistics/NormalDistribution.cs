namespace DecoupleQ.Statistics;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    // Below it the series of the integral, above it the continued fraction of the tail: both to about 1e-13.
    private const double Switch = 3;
    private const int Terms = 120;

    /// <summary>The probability of a value further than <paramref name="z"/> from 0, on either side.</summary>
    /// <param name="z">At least 0.</param>
    public static double TwoSided(double z) => Math.Clamp(z < Switch ? 1 - (2 * Density(z) * Series(z)) : 2 * Density(z) / Fraction(z), 0, 1);

    private static double Density(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);

    // The integral of the density from 0 to z, divided by the density: z + z^3/3 + z^5/(3 5) ...
    private static double Series(double z)
    {
        double term = z, sum = z;
        for (int k = 1; k < Terms && term > 1e-17 * sum; k++)
        {
            term *= z * z / ((2 * k) + 1);
            sum += term;
        }
        return sum;
    }

    // z + 1/(z + 2/(z + 3/(z + ...))), from its far end.
    private static double Fraction(double z)
    {
        double value = z;
        for (int k = Terms; k > 0; k--)
        {
            value = z + (k / value);
        }
        return value;
    }
}
