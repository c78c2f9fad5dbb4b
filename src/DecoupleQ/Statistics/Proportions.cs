namespace DecoupleQ.Statistics;

/// <summary>Shares of items, and their differences, with 95 % intervals that hold for few items and for shares near 0 and 1.</summary>
public static class Proportions
{
    // The 97.5th percentile of the standard normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>A share with Wilson's score interval.</summary>
    /// <param name="count">Items that have it, from 0 to <paramref name="of"/>.</param>
    /// <param name="of">Items; of none there is no interval.</param>
    public static Estimate Of(int count, int of)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, of);
        return Wilson(count, of);
    }

    /// <summary>As <see cref="Of(int, int)"/>, also of counts that are not whole: what there would be of more items of the same shares.</summary>
    internal static Estimate Wilson(double count, double of)
    {
        if (of == 0)
        {
            return new Estimate(0, null, null);
        }
        double n = of, share = count / n, square = Z * Z / n;
        double middle = share + (square / 2), half = Z * Math.Sqrt((share * (1 - share) / n) + (square / (4 * n)));
        // At both ends exactly what the formula gives but for rounding.
        return new Estimate(
            share, count == 0 ? 0 : (middle - half) / (1 + square), count == of ? 1 : (middle + half) / (1 + square));
    }

    /// <summary>
    /// By how much a share differs between two looks at the same items, the second less the first (Newcombe, "Improved confidence intervals for the difference
    /// between binomial proportions based on paired data", 1998, method 10). Unlike a resampled interval, that of items of which none has changed is not empty.
    /// </summary>
    /// <param name="both">Items that have it both times.</param>
    /// <param name="first">Items that have it the first time alone.</param>
    /// <param name="second">Items that have it the second time alone.</param>
    /// <param name="neither">Items that never have it.</param>
    public static Estimate PairedDifference(int both, int first, int second, int neither)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(both);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(second);
        ArgumentOutOfRangeException.ThrowIfNegative(neither);
        return Newcombe(both, first, second, neither);
    }

    /// <summary>As <see cref="PairedDifference"/>, also of counts that are not whole: what there would be of more items of the same shares.</summary>
    internal static Estimate Newcombe(double both, double first, double second, double neither)
    {
        double of = both + first + second + neither;
        if (of == 0)
        {
            return new Estimate(0, null, null);
        }
        Estimate before = Wilson(both + first, of), after = Wilson(both + second, of);
        double correlation = Correlation(both, first, second, neither);
        double difference = after.Value - before.Value;
        return new Estimate(
            difference,
            difference - Distance(after.Value - after.Low!.Value, before.High!.Value - before.Value, correlation),
            difference + Distance(after.High!.Value - after.Value, before.Value - before.Low!.Value, correlation));
    }

    private static double Distance(double first, double second, double correlation) =>
        Math.Sqrt(Math.Max(0, (first * first) - (2 * correlation * first * second) + (second * second)));

    // Of the two looks, with a correction for continuity where they agree more than by chance.
    private static double Correlation(double both, double first, double second, double neither)
    {
        double margins = (both + first) * (second + neither) * (both + second) * (first + neither);
        if (margins == 0)
        {
            return 0;
        }
        double product = (both * neither) - (first * second);
        double corrected = product > 0 ? Math.Max(0, product - ((both + first + second + neither) / 2)) : product;
        return corrected / Math.Sqrt(margins);
    }
}
