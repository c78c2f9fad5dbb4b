using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Bench.Serving;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Bench;

/// <summary>
/// Reads many damaged files: <c>fuzz READER [COUNT] [FIRST] [SECONDS]</c>. Anything but a file read or refused, and any allocation out of proportion,
/// ends it with the file's number; the number alone makes that file again, and a run that time has ended goes on from the one that it prints.
/// </summary>
internal static class FuzzBenchmark
{
    private const int DefaultCount = 1_000_000;

    // Hostile or not, a small file is done with by then.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    public static void Run(Report report)
    {
        if (report.Arguments is [HttpFuzzBenchmark.Name, ..])
        {
            HttpFuzzBenchmark.Run(report);
            return;
        }
        if (report.Arguments is not [string reader, ..] || !FuzzTargets.All.TryGetValue(reader, out Func<IFuzzTarget>? create))
        {
            throw new ArgumentException($"usage: fuzz {string.Join('|', FuzzTargets.All.Keys)}|{HttpFuzzBenchmark.Name} [COUNT] [FIRST] [SECONDS]");
        }
        int first = Number(2) ?? 0;
        using IFuzzTarget target = create();
        long start = Stopwatch.GetTimestamp();
        Fuzzer.Outcome outcome = Fuzzer.Run(target, first, Number(1) ?? DefaultCount, Number(3) is int seconds ? TimeSpan.FromSeconds(seconds) : null, Slow);
        report.Add(
            ("fuzz", reader),
            ("first", first),
            ("next", outcome.Next),
            ("read", outcome.Read),
            ("refused", outcome.Refused),
            ("most bytes allocated", outcome.MostAllocated),
            ("slowest ms", outcome.Slowest.TotalMilliseconds),
            ("seconds", Stopwatch.GetElapsedTime(start).TotalSeconds));

        int? Number(int at) => report.Arguments.Count > at ? int.Parse(report.Arguments[at], CultureInfo.InvariantCulture) : null;
    }
}
