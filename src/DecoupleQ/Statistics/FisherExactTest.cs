namespace DecoupleQ.Statistics;

/// <summary>Whether something is as frequent in two samples, exactly, however rare it is (Fisher).</summary>
public static class FisherExactTest
{
    // Tables that are as probable as the one seen, but for rounding, count.
    private const double Slack = 1 + 1e-7;

    /// <summary>The two-sided p-value: the probability, given the margins, of all tables that are no more probable than this one.</summary>
    /// <param name="first">How many of the first sample have it, from 0 to <paramref name="firstOf"/>.</param>
    /// <param name="firstOf">How many there are.</param>
    /// <param name="second">How many of the second have it, from 0 to <paramref name="secondOf"/>.</param>
    /// <param name="secondOf">How many there are.</param>
    /// <returns>In [0, 1].</returns>
    public static double PValue(int first, int firstOf, int second, int secondOf)
    {
        (double[] tables, int seen) = Tables(first, firstOf, second, secondOf);
        return Math.Min(1, tables.Where(probability => probability <= tables[seen] * Slack).Sum() / tables.Sum());
    }

    /// <summary>The one-sided p-value: the probability, given the margins, that at least as many of the second sample have it.</summary>
    /// <inheritdoc cref="PValue"/>
    public static double PValueOfMore(int first, int firstOf, int second, int secondOf)
    {
        (double[] tables, int seen) = Tables(first, firstOf, second, secondOf);
        return Math.Min(1, tables[seen..].Sum() / tables.Sum());
    }

    // Of each number of the second sample that is possible with these margins, its probability, but for a factor that all share; and which one was seen.
    private static (double[] Probabilities, int Seen) Tables(int first, int firstOf, int second, int secondOf)
    {
        CheckRange(first, firstOf);
        CheckRange(second, secondOf);
        int with = first + second, least = Math.Max(0, with - firstOf), most = Math.Min(with, secondOf);
        // Probabilities relative to that of the least number; neighbours differ by a ratio of whole numbers.
        var logs = new double[most - least + 1];
        for (int k = least; k < most; k++)
        {
            logs[k - least + 1] = logs[k - least]
                + Math.Log((double)(with - k) * (secondOf - k)) - Math.Log((double)(k + 1) * (firstOf - with + k + 1));
        }
        double greatest = logs.Max();
        return ([.. logs.Select(log => Math.Exp(log - greatest))], second - least);
    }

    private static void CheckRange(int having, int of)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(having);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(having, of);
    }
}
