namespace DecoupleQ.Monitoring.Statistics;

/// <summary>A figure, and between what it lies with 95 % confidence.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">The lower end; null where there is too little to tell.</param>
/// <param name="High">The upper end; null where there is too little to tell.</param>
public readonly record struct Estimate(double Value, double? Low, double? High);

/// <summary>
/// Confidence intervals from a sample alone (Efron's percentile bootstrap): what the figure would have been in other samples of the same items.
/// </summary>
internal static class Bootstrap
{
    /// <summary>The fewest items that an interval is given for.</summary>
    public const int FewestItems = 10;

    private const int Resamples = 1000;
    private const double Tail = 0.025;

    // Any; the same, so that the same items give the same interval.
    private const ulong Seed = 20_241_104;

    /// <summary>A figure that is computed from sums over items.</summary>
    /// <param name="items">Of each item the same number of addends.</param>
    /// <param name="figure">The figure from the sums.</param>
    public static Estimate Estimate(IReadOnlyList<double[]> items, Func<double[], double> figure)
    {
        if (items.Count == 0)
        {
            return new Estimate(0, null, null);
        }
        double value = figure(Sum(items, index => index));
        if (items.Count < FewestItems)
        {
            return new Estimate(value, null, null);
        }
        var random = new SplitMix64(Seed);
        double[] figures = new double[Resamples];
        for (int resample = 0; resample < Resamples; resample++)
        {
            figures[resample] = figure(Sum(items, _ => (int)(random.Next() % (ulong)items.Count)));
        }
        Array.Sort(figures);
        return new Estimate(value, figures[(int)(Tail * Resamples)], figures[Resamples - 1 - (int)(Tail * Resamples)]);
    }

    private static double[] Sum(IReadOnlyList<double[]> items, Func<int, int> place)
    {
        double[] sums = new double[items[0].Length];
        for (int i = 0; i < items.Count; i++)
        {
            double[] item = items[place(i)];
            for (int k = 0; k < sums.Length; k++)
            {
                sums[k] += item[k];
            }
        }
        return sums;
    }
}
