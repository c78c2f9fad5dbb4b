namespace DecoupleQ.Statistics;

/// <summary>
/// Whether of items that are each right or wrong twice as many have become wrong as have become right (McNemar), exactly: those that are the same both times
/// say nothing, and of the others each half is as probable as the other where nothing has changed.
/// </summary>
public static class McNemarTest
{
    /// <summary>The two-sided p-value: twice the binomial probability of as few of the rarer change, or fewer.</summary>
    /// <param name="lost">Items that were right the first time alone, at least 0.</param>
    /// <param name="gained">Items that were right the second time alone, at least 0.</param>
    /// <returns>In [0, 1]; 1 where nothing has changed.</returns>
    public static double PValue(int lost, int gained)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lost);
        ArgumentOutOfRangeException.ThrowIfNegative(gained);
        int all = lost + gained;
        // The logarithm of the binomial probability of k, from that of k - 1.
        double log = -all * Math.Log(2), sum = Math.Exp(log);
        for (int k = 1; k <= Math.Min(lost, gained); k++)
        {
            log += Math.Log(all - k + 1) - Math.Log(k);
            sum += Math.Exp(log);
        }
        return Math.Min(1, 2 * sum);
    }
}
