using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Tests.Checkpoints.Gguf;

namespace DecoupleQ.Bench;

/// <summary>Opens many damaged GGUF files; anything but a file read or refused, and any allocation out of proportion, ends it with an exception.</summary>
internal static class GgufFuzzBenchmark
{
    public static void Run(Report report)
    {
        int count = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        int seed = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 1;
        long start = Stopwatch.GetTimestamp();
        GgufFuzz.Outcome outcome = GgufFuzz.Run(seed, count);
        report.Add(
            ("files", count),
            ("seed", seed),
            ("read", outcome.Read),
            ("refused", outcome.Refused),
            ("most bytes allocated", outcome.LargestAllocation),
            ("seconds", Stopwatch.GetElapsedTime(start).TotalSeconds));
    }
}
