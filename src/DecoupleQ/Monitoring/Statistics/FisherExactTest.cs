namespace DecoupleQ.Monitoring.Statistics;

/// <summary>Whether something is as frequent in two samples, exactly, however rare it is (Fisher).</summary>
internal static class FisherExactTest
{
    // Tables that are as probable as the one seen, but for rounding, count.
    private const double Slack = 1 + 1e-7;

    /// <summary>The two-sided p-value: the probability, given the margins, of all tables that are no more probable than this one.</summary>
    /// <param name="first">How many of the first sample have it.</param>
    /// <param name="firstOf">How many there are.</param>
    /// <param name="second">How many of the second have it.</param>
    /// <param name="secondOf">How many there are.</param>
    /// <returns>In [0, 1].</returns>
    public static double PValue(int first, int firstOf, int second, int secondOf)
    {
        int with = first + second, least = Math.Max(0, with - firstOf), most = Math.Min(with, secondOf);
        if (least == most)
        {
            return 1;
        }
        // Probabilities relative to that of the least number; neighbours differ by a ratio of whole numbers.
        var logs = new double[most - least + 1];
        for (int k = least; k < most; k++)
        {
            logs[k - least + 1] = logs[k - least]
                + Math.Log((double)(with - k) * (secondOf - k)) - Math.Log((double)(k + 1) * (firstOf - with + k + 1));
        }
        double greatest = logs.Max(), seen = Math.Exp(logs[second - least] - greatest), total = 0, tail = 0;
        foreach (double log in logs)
        {
            double probability = Math.Exp(log - greatest);
            total += probability;
            tail += probability <= seen * Slack ? probability : 0;
        }
        return Math.Min(1, tail / total);
    }
}
