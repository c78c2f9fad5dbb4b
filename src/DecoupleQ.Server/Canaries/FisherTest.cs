namespace DecoupleQ.Server.Canaries;

/// <summary>Fisher's exact test, one-sided: how likely it is that failures fall so unevenly upon two groups if both fail equally often.</summary>
/// <remarks>R. A. Fisher, "On the interpretation of chi-squared from contingency tables, and the calculation of P", 1922: the hypergeometric tail.</remarks>
/// <param name="most">The most members of both groups together.</param>
internal sealed class FisherTest(int most)
{
    private readonly double[] _logFactorials = LogFactorials(most);

    /// <summary>The probability that at least <paramref name="failed"/> of <paramref name="count"/> fail, given how many of both groups do.</summary>
    /// <param name="failed">Failures of the group, at most <paramref name="count"/>.</param>
    /// <param name="count">Its members.</param>
    /// <param name="otherFailed">Failures of the other group, at most <paramref name="otherCount"/>.</param>
    /// <param name="otherCount">Its members.</param>
    public double Probability(int failed, int count, int otherFailed, int otherCount)
    {
        int failures = failed + otherFailed, all = count + otherCount;
        double sum = 0;
        for (int k = Math.Min(count, failures); k >= Math.Max(failed, count + failures - all); k--)
        {
            sum += Math.Exp(Choose(failures, k) + Choose(all - failures, count - k) - Choose(all, count));
        }
        return Math.Min(1, sum);
    }

    private static double[] LogFactorials(int most)
    {
        double[] logs = new double[most + 1];
        for (int i = 2; i <= most; i++)
        {
            logs[i] = logs[i - 1] + Math.Log(i);
        }
        return logs;
    }

    private double Choose(int n, int k) => _logFactorials[n] - _logFactorials[k] - _logFactorials[n - k];
}
