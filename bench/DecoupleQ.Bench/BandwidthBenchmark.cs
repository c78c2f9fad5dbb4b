using DecoupleQ.Kernels;

namespace DecoupleQ.Bench;

/// <summary>The read bandwidth of main memory, over an array much larger than the caches.</summary>
internal static class BandwidthBenchmark
{
    public static void Run(Report report)
    {
        foreach (int threads in report.Threads > 1 ? new[] { 1, report.Threads } : [1])
        {
            using var workers = new Workers(threads);
            report.Add(("read", "1 GiB, sequential"), ("threads", threads), ("GB/s", ReadBandwidth.BytesPerSecond(workers) / 1e9));
        }
    }
}
