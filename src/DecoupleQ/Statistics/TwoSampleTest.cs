namespace DecoupleQ.Statistics;

/// <summary>Whether a window's values come from the distribution of a baseline's.</summary>
internal static class TwoSampleTest
{
    // Where nearly all values are the same one, ranks say how frequent it is and nothing else, and their normal approximation fails: that is counted exactly.
    private const double MostlyOne = 0.8;

    /// <summary>The two-sided p-value of <see cref="RankSumTest"/>, or of <see cref="FisherExactTest"/> where nearly all values are one.</summary>
    /// <param name="sorted">The baseline's values, ascending.</param>
    /// <param name="window">The window's; it is sorted.</param>
    public static double PValue(ReadOnlySpan<double> sorted, Span<double> window)
    {
        if (sorted.Length == 0 || window.Length == 0)
        {
            return 1;
        }
        // A value that four in five have is in the middle of either.
        double middle = sorted[sorted.Length / 2];
        int here = Count(sorted, middle), there = Count(window, middle);
        return here + there >= MostlyOne * (sorted.Length + window.Length)
            ? FisherExactTest.PValue(here, sorted.Length, there, window.Length)
            : RankSumTest.PValue(sorted, window);
    }

    private static int Count(ReadOnlySpan<double> values, double value)
    {
        int count = 0;
        foreach (double other in values)
        {
            count += other == value ? 1 : 0;
        }
        return count;
    }
}
