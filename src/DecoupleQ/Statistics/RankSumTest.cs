namespace DecoupleQ.Statistics;

/// <summary>
/// Whether two samples come from one distribution, by the ranks of their values (Wilcoxon, Mann and Whitney): whatever the distribution, as long as one is not
/// shifted against the other.
/// </summary>
internal static class RankSumTest
{
    /// <summary>The two-sided p-value, by the normal approximation with ties and continuity taken into account.</summary>
    /// <param name="sorted">One sample, ascending.</param>
    /// <param name="window">The other; it is sorted.</param>
    /// <returns>In [0, 1]; 1 where all values are equal or a sample is empty.</returns>
    public static double PValue(ReadOnlySpan<double> sorted, Span<double> window)
    {
        window.Sort();
        double n = sorted.Length, m = window.Length, all = n + m, rankSum = 0, ties = 0;
        int i = 0, j = 0;
        while (j < window.Length)
        {
            // The values of both that equal the least one that is left, if one of the window's is among them.
            while (i < sorted.Length && sorted[i] < window[j])
            {
                int end = EndOfRun(sorted, i);
                ties += Ties(end - i);
                i = end;
            }
            int first = i + j, own = EndOfRun(window, j) - j, others = i < sorted.Length && sorted[i] == window[j] ? EndOfRun(sorted, i) - i : 0;
            // Ranks count from 1; equal values have the mean of theirs.
            rankSum += own * (first + ((own + others + 1) / 2.0));
            ties += Ties(own + others);
            (i, j) = (i + others, j + own);
        }
        while (i < sorted.Length)
        {
            int end = EndOfRun(sorted, i);
            ties += Ties(end - i);
            i = end;
        }
        double distance = Math.Abs(rankSum - (m * (all + 1) / 2)), variance = n * m / 12 * (all + 1 - (ties / (all * (all - 1))));
        return variance > 0 ? NormalDistribution.TwoSided(Math.Max(0, distance - 0.5) / Math.Sqrt(variance)) : 1;
    }

    private static double Ties(double equal) => ((equal * equal) - 1) * equal;

    private static int EndOfRun(ReadOnlySpan<double> sorted, int start)
    {
        int end = start + 1;
        while (end < sorted.Length && sorted[end] == sorted[start])
        {
            end++;
        }
        return end;
    }
}
