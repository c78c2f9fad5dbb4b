using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>How much faster one of two models is than the other, from rounds in which both were measured one after the other.</summary>
/// <remarks>
/// What else a machine does meets both models of a round alike, so that their ratio varies less than either. The median ratio lies between two of the ratios
/// with 99 % confidence, whatever their distribution (order statistics, as the sign test has them), of eight rounds or more. Of fewer there is no such pair,
/// and Student's interval of the mean logarithm stands for it. One round has no interval.
/// </remarks>
internal static class PairedRatio
{
    private const double Doubt = 0.01;

    /// <summary>The median of the ratios, with a 99 % interval.</summary>
    /// <param name="ours">Of each round a figure above 0.</param>
    /// <param name="theirs">Of the same rounds.</param>
    public static Estimate Of(IReadOnlyList<double> ours, IReadOnlyList<double> theirs)
    {
        double[] sorted = [.. ours.Zip(theirs, (own, other) => own / other).Order()];
        double median = Quantiles.Spread(sorted).Value;
        if (Outermost(sorted.Length) is int skipped)
        {
            return new(median, sorted[skipped], sorted[^(skipped + 1)]);
        }
        if (sorted.Length < 2)
        {
            return new(median, null, null);
        }
        double[] logs = [.. sorted.Select(ratio => Math.Log(ratio))];
        double mean = logs.Average(), variance = logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1);
        double half = StudentDistribution.Quantile(Doubt, logs.Length - 1) * Math.Sqrt(variance / logs.Length);
        return new(median, Math.Min(median, Math.Exp(mean - half)), Math.Max(median, Math.Exp(mean + half)));
    }

    // How many ratios may lie outside at either end; null where not even all of them are enough.
    private static int? Outermost(int count)
    {
        double term = Math.Pow(0.5, count), below = term;
        int? skipped = null;
        for (int k = 0; k < count / 2 && 2 * below <= Doubt; k++)
        {
            skipped = k;
            term *= (double)(count - k) / (k + 1);
            below += term;
        }
        return skipped;
    }
}
