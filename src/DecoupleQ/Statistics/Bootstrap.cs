namespace DecoupleQ.Statistics;

/// <summary>A figure, and between what it lies with 95 % confidence.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">The lower end; null where there is too little to tell.</param>
/// <param name="High">The upper end; null where there is too little to tell.</param>
public readonly record struct Estimate(double Value, double? Low, double? High);

/// <summary>
/// Confidence intervals from a sample alone: what figures would have been in other samples of the same items (Efron).
/// </summary>
/// <remarks>
/// Percentiles of the resampled figures are too narrow where there are few items: of ten they hold the truth in 87 to 90 of 100. So of up to
/// <see cref="MostStudentised"/> items the figure of each resample is taken over its own standard error, from the jackknife, and the quantiles of that are laid
/// out by the sample's (bootstrap-t: Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 12). Where items have so few different values that
/// resamples have no spread, and of more items, percentiles are taken that are as much further out as Student's quantile is for so many
/// (Hesterberg, "What teachers should know about the bootstrap", 2015). No end lies beyond what the items themselves reach.
/// </remarks>
internal static class Bootstrap
{
    /// <summary>The fewest items that an interval is given for.</summary>
    public const int FewestItems = 10;

    /// <summary>The most items of which resamples are studentised; of more it would change little, and take long.</summary>
    public const int MostStudentised = 256;

    private const int Resamples = 1000;
    private const double Tail = 0.025;

    // Any; the same, so that the same items give the same interval.
    private const ulong Seed = 20_241_104;

    /// <summary>Figures that are computed from sums over items, each from the same samples.</summary>
    /// <param name="items">Of each item the same number of addends.</param>
    /// <param name="figures">The figures from the sums, such as a ratio of two: how many items there are changes nothing but their spread.</param>
    public static Estimate[] Estimate(IReadOnlyList<double[]> items, params Func<double[], double>[] figures)
    {
        if (items.Count == 0)
        {
            return [.. figures.Select(_ => new Estimate(0, null, null))];
        }
        double[] sums = new double[items[0].Length];
        int[] once = [.. Enumerable.Repeat(1, items.Count)], counts = new int[items.Count];
        Sum(items, sums, once);
        double[] values = [.. figures.Select(figure => figure(sums))];
        if (items.Count < FewestItems)
        {
            return [.. values.Select(value => new Estimate(value, null, null))];
        }
        bool isStudentised = items.Count <= MostStudentised;
        double[] without = new double[sums.Length];
        double[] errors = isStudentised ? [.. figures.Select(figure => Error(figure, sums))] : [];
        var random = new SplitMix64(Seed);
        double[][] others = [.. figures.Select(_ => new double[Resamples])], studentised = [.. figures.Select(_ => new double[Resamples])];
        for (int resample = 0; resample < Resamples; resample++)
        {
            Array.Clear(counts);
            for (int i = 0; i < items.Count; i++)
            {
                counts[random.NextInt(items.Count)]++;
            }
            Sum(items, sums, counts);
            for (int figure = 0; figure < figures.Length; figure++)
            {
                double other = others[figure][resample] = figures[figure](sums);
                studentised[figure][resample] = isStudentised ? (other - values[figure]) / Error(figures[figure], sums, counts) : 0;
            }
        }
        return [.. figures.Select((figure, i) => Interval(
            values[i], others[i], isStudentised && double.IsFinite(errors[i]) ? (errors[i], studentised[i]) : null, [.. items.Select(figure)]))];

        // The jackknife's standard error of a sample that has each item so often.
        double Error(Func<double[], double> figure, double[] all, int[]? often = null)
        {
            double mean = 0, squares = 0;
            int seen = 0;
            for (int i = 0; i < items.Count; i++)
            {
                int here = often is null ? 1 : often[i];
                if (here == 0)
                {
                    continue;
                }
                for (int k = 0; k < all.Length; k++)
                {
                    without[k] = all[k] - items[i][k];
                }
                // Means and squares as they come (Welford), with weights.
                double value = figure(without), change = value - mean;
                seen += here;
                mean += change * here / seen;
                squares += here * change * (value - mean);
            }
            return Math.Sqrt(squares * (seen - 1) / seen);
        }
    }

    private static Estimate Interval(double value, double[] others, (double Error, double[] Studentised)? own, double[] reached)
    {
        double least = Math.Min(value, reached.Min()), most = Math.Max(value, reached.Max());
        if (own is (double error, double[] studentised) && studentised.All(double.IsFinite))
        {
            const int Cut = (int)(Tail * Resamples);
            Array.Sort(studentised);
            return Within(value - (studentised[Resamples - 1 - Cut] * error), value - (studentised[Cut] * error));
        }
        Array.Sort(others);
        int items = reached.Length;
        double z = StudentDistribution.Quantile(2 * Tail, items - 1) * Math.Sqrt(items / (items - 1.0));
        int cut = (int)(NormalDistribution.TwoSided(z) / 2 * Resamples);
        return Within(others[cut], others[Resamples - 1 - cut]);

        // Where there is a number at all.
        Estimate Within(double low, double high) => double.IsNaN(least) || double.IsNaN(most)
            ? new(value, low, high)
            : new(value, Math.Clamp(low, least, most), Math.Clamp(high, least, most));
    }

    private static void Sum(IReadOnlyList<double[]> items, double[] sums, int[] counts)
    {
        Array.Clear(sums);
        for (int i = 0; i < items.Count; i++)
        {
            if (counts[i] > 0)
            {
                double[] item = items[i];
                for (int k = 0; k < sums.Length; k++)
                {
                    sums[k] += counts[i] * item[k];
                }
            }
        }
    }
}
