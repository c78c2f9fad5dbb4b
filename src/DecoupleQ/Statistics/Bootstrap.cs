namespace DecoupleQ.Statistics;

/// <summary>A figure, and between what it lies with 95 % confidence.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">The lower end; null where there is too little to tell.</param>
/// <param name="High">The upper end; null where there is too little to tell.</param>
public readonly record struct Estimate(double Value, double? Low, double? High);

/// <summary>
/// Confidence intervals from a sample alone (Efron's percentile bootstrap): what figures would have been in other samples of the same items.
/// </summary>
internal static class Bootstrap
{
    /// <summary>The fewest items that an interval is given for.</summary>
    public const int FewestItems = 10;

    private const int Resamples = 1000;
    private const double Tail = 0.025;

    // Any; the same, so that the same items give the same interval.
    private const ulong Seed = 20_241_104;

    /// <summary>Figures that are computed from sums over items, each from the same samples.</summary>
    /// <param name="items">Of each item the same number of addends.</param>
    /// <param name="figures">The figures from the sums.</param>
    public static Estimate[] Estimate(IReadOnlyList<double[]> items, params Func<double[], double>[] figures)
    {
        if (items.Count == 0)
        {
            return [.. figures.Select(_ => new Estimate(0, null, null))];
        }
        double[] sums = new double[items[0].Length];
        Sum(items, sums, index => index);
        double[] values = [.. figures.Select(figure => figure(sums))];
        if (items.Count < FewestItems)
        {
            return [.. values.Select(value => new Estimate(value, null, null))];
        }
        var random = new SplitMix64(Seed);
        double[][] others = [.. figures.Select(_ => new double[Resamples])];
        for (int resample = 0; resample < Resamples; resample++)
        {
            Sum(items, sums, _ => random.NextInt(items.Count));
            for (int figure = 0; figure < figures.Length; figure++)
            {
                others[figure][resample] = figures[figure](sums);
            }
        }
        const int Cut = (int)(Tail * Resamples);
        return [.. others.Select((figure, i) =>
        {
            Array.Sort(figure);
            return new Estimate(values[i], figure[Cut], figure[Resamples - 1 - Cut]);
        })];
    }

    private static void Sum(IReadOnlyList<double[]> items, double[] sums, Func<int, int> place)
    {
        Array.Clear(sums);
        for (int i = 0; i < items.Count; i++)
        {
            double[] item = items[place(i)];
            for (int k = 0; k < sums.Length; k++)
            {
                sums[k] += item[k];
            }
        }
    }
}
