namespace DecoupleQ.Statistics;

/// <summary>Student's distribution, of means of few normal values over their standard error.</summary>
internal static class StudentDistribution
{
    // From here on the normal distribution is as near as makes no difference to an interval.
    private const int Many = 1000;

    private const double Largest = 1e6, Precision = 1e-12;

    /// <summary>The probability of a value further than <paramref name="t"/> from 0, on either side (Abramowitz and Stegun, 26.7.3 and 26.7.4).</summary>
    /// <param name="t">At least 0.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double TwoSided(double t, int freedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(freedom, 1);
        if (freedom > Many)
        {
            return NormalDistribution.TwoSided(t);
        }
        double angle = Math.Atan(t / Math.Sqrt(freedom)), sine = Math.Sin(angle), cosine = Math.Cos(angle), square = cosine * cosine;
        bool isOdd = freedom % 2 == 1;
        // Odd: cos + 2/3 cos^3 + 2 4/(3 5) cos^5 ..; even: 1 + 1/2 cos^2 + 1 3/(2 4) cos^4 ..
        double term = isOdd ? cosine : 1, sum = 0;
        for (int k = isOdd ? 1 : 0; k <= freedom - 2; k += 2)
        {
            sum += term;
            term *= square * (k + 1) / (k + 2);
        }
        double within = isOdd ? 2 / Math.PI * (angle + (sine * sum)) : sine * sum;
        return Math.Clamp(1 - within, 0, 1);
    }

    /// <summary>The value that is exceeded, on either side together, with a probability.</summary>
    /// <param name="probability">In (0, 1): 0.05 for a 95 % interval.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double probability, int freedom)
    {
        double low = 0, high = 1;
        while (TwoSided(high, freedom) > probability && high < Largest)
        {
            high *= 2;
        }
        while (high - low > Precision * high)
        {
            double middle = (low + high) / 2;
            (low, high) = TwoSided(middle, freedom) > probability ? (middle, high) : (low, middle);
            if (middle == low && middle == high)
            {
                break;
            }
        }
        return high;
    }
}
