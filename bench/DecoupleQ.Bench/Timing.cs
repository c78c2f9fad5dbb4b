using System.Diagnostics;

namespace DecoupleQ.Bench;

/// <summary>Best-of-several timing: on a shared machine the shortest time is the one least disturbed.</summary>
internal static class Timing
{
    /// <summary>The shortest time of <paramref name="action"/> in seconds, after a warm-up, over at least 3 runs and <paramref name="seconds"/> seconds.</summary>
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

    /// <summary>The time of a single run in seconds, for what takes too long to repeat.</summary>
    public static double Once(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
