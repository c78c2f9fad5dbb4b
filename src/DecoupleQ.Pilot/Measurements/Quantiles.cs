using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Medians and quantiles of what was measured.</summary>
internal static class Quantiles
{
    private const double Slow = 0.95, Slowest = 0.99, Tail = 0.025;

    /// <summary>The median of some rounds, and the least and the greatest.</summary>
    /// <param name="rounds">At least one.</param>
    public static Spread Spread(IEnumerable<double> rounds)
    {
        double[] sorted = [.. rounds.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] / 2) + (sorted[middle] / 2);
        return new Spread(median, sorted[0], sorted[^1]);
    }

    /// <summary>
    /// Quantiles of times: the least of them that so many in 100 are at most. The interval of the 95th is that of order statistics, which assumes nothing of
    /// how times are distributed.
    /// </summary>
    /// <param name="times">At least one.</param>
    /// <param name="together">
    /// Requests that shared their steps: times of one step are one observation, and not as many as there are requests.
    /// </param>
    public static TimeQuantiles Times(IEnumerable<double> times, int together)
    {
        double[] sorted = [.. times.Order()];
        double p95 = At(Slow);
        int observations = Math.Max(1, sorted.Length / together);
        (int? low, int? high) = Ranks(observations, Slow);
        return new TimeQuantiles(
            sorted.Length,
            At(0.5),
            new Estimate(
                p95,
                low is int lower ? Math.Min(p95, At((double)lower / observations)) : null,
                high is int upper ? Math.Max(p95, At((double)upper / observations)) : null),
            At(Slowest));

        double At(double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>
    /// Between which of some observations, the smallest being the first, a quantile lies with 95 % confidence; null where the observations do not reach as far.
    /// </summary>
    /// <remarks>As many as are below the quantile are binomial: the k-th is at most the quantile if k or more are.</remarks>
    /// <param name="count">Observations, at least 1.</param>
    /// <param name="share">The quantile, in (0, 1).</param>
    internal static (int? Low, int? High) Ranks(int count, double share)
    {
        // Sums of P(X = k), X ~ Binomial(count, share), from k = 0 on; logarithms, as the first ones are too small for a number.
        double term = count * Math.Log(1 - share), odds = Math.Log(share / (1 - share)), below = 0;
        int? low = null, high = null;
        for (int k = 0; k < count && high is null; k++)
        {
            below += Math.Exp(term);
            if (below <= Tail)
            {
                low = k + 1;
            }
            if (below >= 1 - Tail)
            {
                high = k + 1;
            }
            term += Math.Log((double)(count - k) / (k + 1)) + odds;
        }
        return (low, high);
    }
}
