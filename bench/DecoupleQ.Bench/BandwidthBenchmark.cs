using System.Diagnostics;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Bench;

/// <summary>The read bandwidth of main memory, over an array much larger than the caches, and what it costs to set a team to work.</summary>
internal static class BandwidthBenchmark
{
    public static void Run(Report report)
    {
        foreach (int threads in report.Threads > 1 ? new[] { 1, report.Threads } : [1])
        {
            using var workers = new Workers(threads);
            report.Add(("read", "1 GiB, sequential"), ("threads", threads), ("GB/s", ReadBandwidth.BytesPerSecond(workers) / 1e9));
            double seconds = Timing.Best(() => workers.For(workers.Count, default(TenMicroseconds)));
            report.Add(
                ("start and end of a loop", "an item of 10 us for each thread"),
                ("threads", threads),
                ("us", seconds * 1e6),
                ("us beyond", (seconds * 1e6) - 10));
        }
    }

    private readonly struct TenMicroseconds : IWork
    {
        public void Run(int item)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < 10)
            {
            }
        }
    }
}
