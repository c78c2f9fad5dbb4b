using System.Diagnostics;

namespace DecoupleQ.Hardware;

/// <summary>Best-of-several timing: on a shared machine the shortest time is the one least disturbed.</summary>
internal static class Timing
{
    /// <summary>
    /// The shortest time of <paramref name="action"/> in seconds, after a warm-up, over at least 3 runs and <paramref name="seconds"/> seconds.
    /// </summary>
    public static double Best(Action action, double seconds = 0.7)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || (i < 40 && Stopwatch.GetElapsedTime(begin).TotalSeconds < 0.2); i++)
        {
            action();
        }
        begin = Stopwatch.GetTimestamp();
        double best = double.MaxValue;
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    /// <summary>
    /// The time of <paramref name="steps"/> steps run one after the other, each counted with its shortest time over the passes: the passes keep the caches as
    /// cold as a whole pass does, the minimum leaves out what other processes took.
    /// </summary>
    public static double BestOfSteps(int steps, Action<int> step, double seconds)
    {
        var best = new double[steps];
        Array.Fill(best, double.MaxValue);
        long begin = Stopwatch.GetTimestamp();
        for (int pass = 0; pass < 4 || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; pass++)
        {
            for (int i = 0; i < steps; i++)
            {
                long start = Stopwatch.GetTimestamp();
                step(i);
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        return best.Sum();
    }

    /// <summary>The time of a single run in seconds, for what takes too long to repeat.</summary>
    public static double Once(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
