using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Medians and quantiles of what was measured.</summary>
internal static class Quantiles
{
    private const double Slowly = 0.95, Slowest = 0.99, Doubt = 0.05;

    /// <summary>The median of some rounds, and the least and the greatest.</summary>
    /// <param name="rounds">At least one.</param>
    public static Spread Spread(IEnumerable<double> rounds)
    {
        double[] sorted = [.. rounds.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] / 2) + (sorted[middle] / 2);
        return new Spread(median, sorted[0], sorted[^1]);
    }

    /// <summary>Quantiles of times: the least of them that so many in 100 are at most.</summary>
    /// <remarks>
    /// Times of one round are no observations of their own: a machine that is slow for a second makes many slow at once. So the interval of the 95th percentile
    /// is Student's of the logarithms of the rounds' own, which is that of a round as rounds usually are; where a few slow rounds have put that of all times
    /// outside, it reaches so far. There is none of one round.
    /// </remarks>
    /// <param name="rounds">The times of each round; at least one in all.</param>
    public static TimeQuantiles Times(IReadOnlyList<IReadOnlyList<double>> rounds)
    {
        double[] sorted = [.. rounds.SelectMany(times => times).Order()];
        double p95 = At(sorted, Slowly);
        double[] logs = [.. rounds.Where(times => times.Count > 0).Select(times => Math.Log(Slow(times)))];
        if (logs.Length < 2)
        {
            return new TimeQuantiles(sorted.Length, At(sorted, 0.5), new Estimate(p95, null, null), At(sorted, Slowest));
        }
        double mean = logs.Average(), variance = logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1);
        double half = StudentDistribution.Quantile(Doubt, logs.Length - 1) * Math.Sqrt(variance / logs.Length);
        return new TimeQuantiles(
            sorted.Length, At(sorted, 0.5), new Estimate(p95, Math.Min(p95, Math.Exp(mean - half)), Math.Max(p95, Math.Exp(mean + half))), At(sorted, Slowest));
    }

    /// <summary>The 95th percentile of some times.</summary>
    /// <param name="times">At least one.</param>
    public static double Slow(IEnumerable<double> times) => At([.. times.Order()], Slowly);

    private static double At(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
